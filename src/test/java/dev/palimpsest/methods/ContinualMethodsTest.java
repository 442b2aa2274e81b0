package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.settings.SettingsBinder;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/// The catalogue of methods and the sealed family of their settings are one list.
class ContinualMethodsTest {

    @Test
    void theCatalogueListsEverySettingsOfTheFamilyUnderItsWireName() {
        assertThat(ContinualMethods.all())
                .extracting(info -> (Object) info.settings())
                .containsExactlyInAnyOrder((Object[]) MethodSettings.class.getPermittedSubclasses());
        assertThat(ContinualMethods.all())
                .allSatisfy(info -> assertThat(info.settings()
                                .getAnnotation(JsonTypeName.class)
                                .value())
                        .isEqualTo(info.name()));
        assertThat(ContinualMethods.all())
                .extracting(MethodInfo::name)
                .isSorted()
                .doesNotHaveDuplicates();
    }

    @Test
    void eachMethodIsMadeFromItsSettingsAndBothSayTheSameOfIt() {
        assertThat(ContinualMethods.all()).allSatisfy(info -> {
            MethodSettings settings = SettingsBinder.read(
                    JsonNodeFactory.instance.objectNode().put("name", info.name()), MethodSettings.class);
            try (ContinualMethod method = ContinualMethods.create(settings)) {
                assertThat(method.getClass()).isEqualTo(info.settings().getDeclaringClass());
            }
            assertThat(settings.info()).isSameAs(info);
        });
    }
}
