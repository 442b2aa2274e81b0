package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// The published vote over a batch: row 15 of the quirks (`golden/lorac-ipc/README.md`).
class MajorityVoteGoldenTest {

    private static final String BATCH = "inferred_tasks_of_a_batch_of_task_";

    @TestFactory
    Stream<DynamicTest> aBatchVotesAsInThePublishedProgram() {
        return GoldenCases.tests("lorac-ipc", "quirks", golden -> {
            for (JsonNode one : golden.json().at("/quirks/15/vote_cases")) {
                int[] inferred = ints(one.get("inferred_tasks"));

                assertThat(MajorityVote.decide(inferred, inferred.length))
                        .as("votes %s", Arrays.toString(inferred))
                        .containsOnly(one.get("vote").intValue());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aBatchOfOneTaskTellsItsTask() {
        return GoldenCases.tests("lorac-ipc", "quirks", golden -> {
            JsonNode leak = golden.json().at("/quirks/15/leak_example");
            if (leak.isMissingNode()) {
                return;
            }
            String batch = leak.propertyNames().stream()
                    .filter(name -> name.startsWith(BATCH))
                    .findFirst()
                    .orElseThrow();
            int task = Integer.parseInt(batch.substring(BATCH.length()));
            int[] inferred = ints(leak.get(batch));

            assertThat(right(MajorityVote.decide(inferred, 1), task))
                    .isEqualTo(leak.get("right_per_sample").intValue());
            assertThat(right(MajorityVote.decide(inferred, inferred.length), task))
                    .isEqualTo(leak.get("right_with_vote").intValue());
        });
    }

    @Test
    void theLastBatchVotesByItself() {
        assertThat(MajorityVote.decide(new int[] {2, 0, 2, 1, 1}, 3)).containsExactly(2, 2, 2, 1, 1);
        assertThat(MajorityVote.decide(new int[0], 3)).isEmpty();
    }

    private static long right(int[] decided, int task) {
        return Arrays.stream(decided).filter(one -> one == task).count();
    }

    private static int[] ints(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).intValue()).toArray();
    }
}
