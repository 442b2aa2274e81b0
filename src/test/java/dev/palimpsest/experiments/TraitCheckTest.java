package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodTraits;
import dev.palimpsest.settings.Fault;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Requests that ask for what a method's traits deny.
class TraitCheckTest {

    private static final JsonNode ASKS_FOR_BOTH = JsonMapper.shared().readTree("""
            {"split": {"kind": "groups", "shared_labels": true}, "checkpoints": {"every_epochs": 2}}""");
    private static final JsonNode ASKS_FOR_NEITHER = JsonMapper.shared().readTree("""
            {"split": {"kind": "groups", "shared_labels": false}, "checkpoints": {"every_epochs": null}}""");

    private static MethodInfo able(boolean inTaskResume, boolean domainIncremental) {
        MethodInfo any = ContinualMethods.all().getFirst();
        MethodTraits traits = new MethodTraits(true, false, inTaskResume, true, false, 1, domainIncremental, false);
        return new MethodInfo(
                "careful", any.title(), any.reference(), any.settings(), traits, null, List.of(), List.of());
    }

    private static List<String> params(JsonNode given, JsonNode filled, MethodInfo method) {
        return TraitCheck.faults(given, filled, method).stream()
                .map(Fault::param)
                .toList();
    }

    @Test
    void eachTraitThatIsMissingRefusesItsField() {
        List<Fault> faults = TraitCheck.faults(ASKS_FOR_BOTH, ASKS_FOR_BOTH, able(false, false));

        assertThat(faults).extracting(Fault::code).containsOnly("not_supported_by_method");
        assertThat(faults).extracting(Fault::param).containsExactly("split.shared_labels", "checkpoints.every_epochs");
        assertThat(faults).allSatisfy(fault -> assertThat(fault.detail()).startsWith("careful cannot"));
        assertThat(params(ASKS_FOR_BOTH, ASKS_FOR_BOTH, able(true, false))).containsExactly("split.shared_labels");
        assertThat(params(ASKS_FOR_BOTH, ASKS_FOR_BOTH, able(false, true))).containsExactly("checkpoints.every_epochs");
        assertThat(params(ASKS_FOR_BOTH, ASKS_FOR_BOTH, able(true, true))).isEmpty();
        assertThat(params(ASKS_FOR_NEITHER, ASKS_FOR_NEITHER, able(false, false)))
                .isEmpty();
    }

    @Test
    void theSplitOfTheDataSetCountsAndADefaultIntervalDoesNot() {
        assertThat(params(ASKS_FOR_NEITHER, ASKS_FOR_BOTH, able(false, false))).containsExactly("split.shared_labels");
    }

    @Test
    void theMethodThatAddsOneRowAClassAloneIsRefusedDomains() {
        assertThat(ContinualMethods.all())
                .filteredOn(
                        method -> !params(ASKS_FOR_BOTH, ASKS_FOR_BOTH, method).isEmpty())
                .extracting(MethodInfo::name)
                .containsExactly("task_arithmetic");
    }
}
