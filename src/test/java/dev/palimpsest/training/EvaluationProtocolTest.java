package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.methods.Inference;
import dev.palimpsest.model.AdapterView;
import org.junit.jupiter.api.Test;

class EvaluationProtocolTest {

    private static final Inference LATEST = new Inference.Latest(AdapterView.NONE, true);

    @Test
    void onlyAVoteLeaks() {
        assertThat(EvaluationProtocol.PER_IMAGE.leaksTaskIdentity()).isFalse();
        assertThat(EvaluationProtocol.BATCH_MAJORITY_TASK.leaksTaskIdentity()).isTrue();
        assertThat(EvaluationProtocol.BATCH_MAJORITY_TASK.wire()).isEqualTo("batch_majority_task");
    }

    @Test
    void everyImageByItselfIsWhatTheMethodSays() {
        assertThat(EvaluationProtocol.PER_IMAGE.of(LATEST, 3)).isSameAs(LATEST);
    }

    @Test
    void nothingIsVotedOnWhereNoTaskIsInferred() {
        assertThatThrownBy(() -> EvaluationProtocol.BATCH_MAJORITY_TASK.of(LATEST, 3))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("batch_majority_task needs a method that infers the task of an image");
    }
}
