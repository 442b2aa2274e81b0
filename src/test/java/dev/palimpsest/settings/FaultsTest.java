package dev.palimpsest.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class FaultsTest {

    @Test
    void aPartIsCleanUntilAFaultIsAtItOrInsideIt() {
        var faults = new Faults();
        faults.add("wrong_type", "method", "method must be an object.");
        faults.add("out_of_range", "split.size", "size must be 1..9.");
        faults.add("out_of_range", "seeds[1]", "seeds[1] must be 0..9.");

        assertThat(faults.clean("method")).isFalse();
        assertThat(faults.clean("split")).isFalse();
        assertThat(faults.clean("split.size")).isFalse();
        assertThat(faults.clean("seeds")).isFalse();
        assertThat(faults.clean("seeds[1]")).isFalse();

        assertThat(faults.clean("meth")).isTrue();
        assertThat(faults.clean("method.rank")).isTrue();
        assertThat(faults.clean("seeds[0]")).isTrue();
        assertThat(new Faults().clean("method")).isTrue();
    }

    @Test
    void onlyAFaultRefuses() {
        assertThatCode(new Faults()::refuseIfAny).doesNotThrowAnyException();

        var first = new Fault("missing_field", "title", "The request needs 'title'.");
        var second = new Fault("out_of_range", "rank", "rank must be 1..256, got 0.");
        var faults = new Faults();
        faults.addAll(List.of(first));
        faults.add(second.code(), second.param(), second.detail());

        assertThatThrownBy(faults::refuseIfAny)
                .hasMessage("The request needs 'title'. rank must be 1..256, got 0.")
                .asInstanceOf(InstanceOfAssertFactories.type(RequestRefusedException.class))
                .satisfies(refused -> {
                    assertThat(refused.status()).isEqualTo(422);
                    assertThat(refused.faults()).containsExactly(first, second);
                });
    }

    @Test
    void aRefusalForOneReasonCarriesItAndItsStatus() {
        var refused = new RequestRefusedException(409, "conflict", "name", "name is taken.");

        assertThat(refused).hasMessage("name is taken.");
        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.faults()).containsExactly(new Fault("conflict", "name", "name is taken."));
    }
}
