package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Settings that stand in a record of their own in Java and among others on the wire.
class InlineSettingsTest {

    record Size(
            @Setting(value = "How wide.", defaultValue = "4", min = 1)
            int innerWidth,

            @Setting(value = "How long; null for all.", defaultValue = "null", min = 1) @Nullable
            Integer length) {
        Size {
            if (length != null && length < innerWidth) {
                throw new SettingRefusedException("out_of_range", "length", "length must be at least inner_width");
            }
        }
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
    sealed interface Thing permits Box {}

    @JsonTypeName("box")
    record Box(
            @Setting(value = "First.", defaultValue = "1") int first,

            @Setting(value = "Size.", inline = true) @JsonUnwrapped
            Size size,

            @Setting(value = "Last.", defaultValue = "2") int last)
            implements Thing {}

    record Wrapped(@Setting(value = "Size.", inline = true) Size size) {}

    record Lost(
            @Setting(value = "Size.", inline = true) @JsonUnwrapped @Nullable
            Size size) {}

    record Amount(
            @Setting(value = "Size.", inline = true) @JsonUnwrapped
            int size) {}

    record Preset(
            @Setting(value = "Size.", defaultValue = "{}", inline = true) @JsonUnwrapped
            Size size) {}

    record OfFamily(
            @Setting(value = "Box.", inline = true) @JsonUnwrapped
            Box box) {}

    @Test
    void theyStandAmongTheOthersInTheOrderOfTheRecord() {
        assertThat(SettingsBinder.resolve(json("{'name': 'box', 'length': 9}"), Thing.class)
                        .toString()
                        .replace('"', '\''))
                .isEqualTo("{'name':'box','first':1,'inner_width':4,'length':9,'last':2}");
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        Box box = new Box(7, new Size(3, 5), 8);

        assertThat(SettingsBinder.write(box).toString().replace('"', '\''))
                .isEqualTo("{'name':'box','first':7,'inner_width':3,'length':5,'last':8}");
        assertThat(SettingsBinder.read(SettingsBinder.write(box), Thing.class)).isEqualTo(box);
    }

    @Test
    void theirFaultsStandWhereTheyDo() {
        assertThat(SettingsCheck.check(json("{'name': 'box', 'inner_width': 0, 'size': {}}"), Thing.class, "method"))
                .extracting(Fault::param)
                .containsExactlyInAnyOrder("method.inner_width", "method.size");
        assertThat(SettingsCheck.check(json("{'name': 'box', 'length': 2}"), Thing.class, "method"))
                .extracting(Fault::param)
                .containsExactly("method.length");
    }

    @Test
    void theSchemaHasThemFlat() {
        assertThat(SettingsSchema.of(Box.class).path("properties").propertyNames())
                .contains("first", "inner_width", "length", "last")
                .doesNotContain("size");
    }

    @Test
    void aDescriptionThatJacksonWouldReadOtherwiseIsRefused() {
        for (Class<?> wrong : new Class<?>[] {Wrapped.class, Lost.class, Amount.class, Preset.class, OfFamily.class}) {
            assertThatIllegalStateException().isThrownBy(() -> Shape.of(wrong)).withMessageContaining("inline");
        }
    }
}
