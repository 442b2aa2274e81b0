package dev.palimpsest.training;

import java.util.Arrays;

/// The task that most images of a batch seem to be from, for all of them; of equally many votes the smallest
/// task wins.
final class MajorityVote {

    private MajorityVote() {}

    /// The task that each image is classified by.
    ///
    /// @param inferred task of each image by itself, in the order of the data
    /// @param batchSize images that vote together; the last of them may be fewer
    static int[] decide(int[] inferred, int batchSize) {
        int[] decided = new int[inferred.length];
        for (int from = 0; from < inferred.length; from += batchSize) {
            int end = Math.min(inferred.length, from + batchSize);
            Arrays.fill(decided, from, end, winner(Arrays.copyOfRange(inferred, from, end)));
        }
        return decided;
    }

    private static int winner(int[] ballots) {
        int[] votes = new int[Arrays.stream(ballots).max().orElse(0) + 1];
        int winner = 0;
        for (int task : ballots) {
            votes[task]++;
        }
        for (int task = 1; task < votes.length; task++) {
            winner = votes[task] > votes[winner] ? task : winner;
        }
        return winner;
    }
}
