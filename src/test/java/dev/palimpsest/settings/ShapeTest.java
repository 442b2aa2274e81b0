package dev.palimpsest.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What is read from a Java type: kinds, names on the wire, tags, null and defaults.
class ShapeTest {

    enum Colour {
        @JsonProperty("dark red")
        DARK_RED,
        @JsonProperty("blue")
        BLUE
    }

    enum Silent {
        @JsonProperty("said")
        SAID,
        UNSAID
    }

    record Kinds(
            @Setting("Whole.") int whole,
            @Setting("Whole, boxed.") Integer wholeBoxed,
            @Setting("Long.") long longWhole,
            @Setting("Long, boxed.") Long longBoxed,
            @Setting("Decimal.") double decimal,
            @Setting("Decimal, boxed.") Double decimalBoxed,
            @Setting("Truth.") boolean truth,
            @Setting("Truth, boxed.") Boolean truthBoxed,
            @Setting("Text.") String text,
            @Setting("Choice.") Colour choice,
            @Setting("Anything.") JsonNode anything,
            @Setting("An object of anything.") ObjectNode object,
            @Setting("List.") List<String> list,
            @Setting("List with holes.") List<@Nullable Integer> holes,
            @Setting("Collection.") Collection<Double> collection,
            @Setting("Set.") Set<Long> set,
            @Setting("Map.") Map<String, Boolean> map,
            @Setting("Map with holes.") Map<String, @Nullable String> mapWithHoles,
            @Setting("Lists of a list.") List<List<Integer>> table) {}

    record Names(
            @Setting("One word.") int rank,
            @Setting("Two words.") int freezeFraction,
            @Setting("A digit before a word.") int fc1Width,
            @Setting("Capitals in a row.") int useABCode) {}

    record Optionals(
            @Setting("Required.") int required,
            @Setting("Required, may be null.") @Nullable Integer nullable,

            @Setting(value = "Has a default.", defaultValue = "3")
            int absent,

            @Setting(value = "Null by default.", defaultValue = "null") @Nullable
            Integer absentNull) {}

    interface Marked {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    sealed interface Animal permits Dog, Bird {}

    @JsonTypeName("dog")
    record Dog(@Setting("Age.") int age) implements Marked, Animal {}

    sealed interface Bird extends Animal permits Duck, Hen {}

    @JsonTypeName("duck")
    record Duck() implements Bird {}

    @JsonTypeName("hen")
    record Hen() implements Bird {}

    @JsonTypeName("stray")
    record Stray() implements Marked {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
    @JsonTypeName("own")
    record OwnTag() {}

    sealed interface Untagged permits Unnamed {}

    record Unnamed() implements Untagged {}

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
    sealed interface HalfTagged permits Nameless {}

    record Nameless() implements HalfTagged {}

    abstract static sealed class SealedClass permits Leaf {}

    static final class Leaf extends SealedClass {}

    record OfEnum(@Setting("Unsaid.") Silent silent) {}

    record OfNumberedMap(@Setting("Numbered.") Map<Integer, String> numbered) {}

    record OfOptional(@Setting("Optional.") Optional<String> optional) {}

    record OfVariable<T>(@Setting("Variable.") T variable) {}

    @SuppressWarnings("ArrayRecordComponent") // what is to be refused
    record OfArray(@Setting("Array.") List<String>[] array) {}

    record OfInterface(@Setting("Interface.") Marked marked) {}

    record OfSealedClass(@Setting("Sealed class.") SealedClass sealedClass) {}

    @Test
    void everyKindOfComponentIsRead() {
        var whole = new Shape.Whole(Integer.MIN_VALUE, Integer.MAX_VALUE);
        var longWhole = new Shape.Whole(Long.MIN_VALUE, Long.MAX_VALUE);

        assertThat(fields(Kinds.class))
                .extracting(Shape.Field::shape)
                .containsExactly(
                        whole,
                        whole,
                        longWhole,
                        longWhole,
                        new Shape.Decimal(),
                        new Shape.Decimal(),
                        new Shape.Truth(),
                        new Shape.Truth(),
                        new Shape.Text(),
                        new Shape.Choice(List.of("dark red", "blue")),
                        new Shape.Anything(),
                        new Shape.Anything(),
                        new Shape.Many(new Shape.Text(), false, false),
                        new Shape.Many(whole, true, false),
                        new Shape.Many(new Shape.Decimal(), false, false),
                        new Shape.Many(longWhole, false, true),
                        new Shape.Named(new Shape.Truth(), false),
                        new Shape.Named(new Shape.Text(), true),
                        new Shape.Many(new Shape.Many(whole, false, false), false, false));
    }

    @Test
    void namesOnTheWireAreThoseThatJacksonWrites() {
        var names = new Names(1, 2, 3, 4);

        assertThat(fields(Names.class))
                .extracting(Shape.Field::name)
                .containsExactly("rank", "freeze_fraction", "fc1_width", "use_abcode")
                .containsExactlyElementsOf(SettingsBinder.write(names).propertyNames());
    }

    @Test
    void nullAndDefaultsAreReadApart() {
        assertThat(fields(Optionals.class)).extracting(Shape.Field::nullable).containsExactly(false, true, false, true);
        assertThat(fields(Optionals.class))
                .extracting(Shape.Field::absent)
                .containsExactly(
                        null,
                        null,
                        JsonMapper.shared().readTree("3"),
                        JsonMapper.shared().readTree("null"));
    }

    @Test
    void aFamilyHasTheMembersOfTheFamiliesInIt() {
        assertThat(Shape.of(Animal.class))
                .asInstanceOf(InstanceOfAssertFactories.type(Shape.Family.class))
                .satisfies(family -> {
                    assertThat(family.tagName()).isEqualTo("kind");
                    assertThat(family.members().keySet()).containsExactly("dog", "duck", "hen");
                    assertThat(family.members().get("hen")).isEqualTo(Shape.of(Hen.class));
                });
    }

    @Test
    void aTagNeedsANameAndAPropertyToStandIn() {
        assertThat(tag(Dog.class)).isEqualTo(new Shape.Tag("kind", "dog"));
        assertThat(tag(Duck.class)).isEqualTo(new Shape.Tag("kind", "duck"));
        assertThat(tag(OwnTag.class)).isEqualTo(new Shape.Tag("type", "own"));
        assertThat(tag(Stray.class)).isNull();
        assertThat(tag(Nameless.class)).isNull();
        assertThat(tag(Names.class)).isNull();
    }

    @Test
    void aFamilyWithoutTagsIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Shape.of(Untagged.class))
                .withMessage("%s needs @JsonTypeInfo with a property", Untagged.class.getName());
        assertThatIllegalStateException()
                .isThrownBy(() -> Shape.of(HalfTagged.class))
                .withMessage("%s needs @JsonTypeName", Nameless.class.getName());
    }

    @Test
    void aConstantWithoutANameOnTheWireIsRefused() {
        assertThatIllegalStateException()
                .isThrownBy(() -> Shape.of(OfEnum.class))
                .withMessage("%s.UNSAID needs @JsonProperty with its name on the wire", Silent.class.getName());
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                OfNumberedMap.class,
                OfOptional.class,
                OfVariable.class,
                OfArray.class,
                OfInterface.class,
                OfSealedClass.class,
                List.class,
                float.class,
                short.class
            })
    void aTypeOfNoKindIsRefused(Class<?> type) {
        assertThatIllegalStateException()
                .isThrownBy(() -> Shape.of(type))
                .withMessageEndingWith("cannot be the type of a setting");
    }

    private static List<Shape.Field> fields(Class<?> type) {
        return ((Shape.Fields) Shape.of(type)).fields();
    }

    private static Shape.@Nullable Tag tag(Class<?> type) {
        return ((Shape.Fields) Shape.of(type)).tag();
    }
}
