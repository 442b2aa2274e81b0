package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// One pass over the images of a recipe: batch, rate, seed, step, count, stop?
final class EpochLoop {

    private static final long SECOND = 1_000_000_000;

    private final TrainingEngine engine;
    private final TrainingSettings training;
    private final RandomStreams streams;
    private final StopRequest stop;
    private final TrainingListener listener;
    private final Throughput throughput;
    private final Stretch stretch;

    /// A stretch of training in a task: each has draws of its own.
    ///
    /// @param number 0 for the task's own training, k for its k-th phase
    /// @param shown epoch that progress names in a phase: the last of the task's own
    record Stretch(int number, int shown) {

        /// More epochs than a training has.
        private static final int EPOCHS = 1000;

        static final Stretch TASK = new Stretch(0, 0);

        /// What the streams call an epoch.
        int drawn(int epoch) {
            return number * EPOCHS + epoch;
        }

        int shown(int epoch) {
            return number == 0 ? epoch : shown;
        }
    }

    /// One epoch.
    ///
    /// @param seconds wall time of its steps
    record Epoch(List<StepRecord> steps, double seconds) {

        double meanLoss() {
            return steps.stream().mapToDouble(StepRecord::loss).average().orElse(0);
        }
    }

    EpochLoop(
            TrainingEngine engine,
            TrainingSettings training,
            RandomStreams streams,
            StopRequest stop,
            TrainingListener listener,
            Throughput throughput,
            Stretch stretch) {
        this.engine = engine;
        this.training = training;
        this.streams = streams;
        this.stop = stop;
        this.listener = listener;
        this.throughput = throughput;
        this.stretch = stretch;
    }

    /// @throws StoppedException if the run shall stop now
    /// @throws DivergedException if the loss is not finite, or the weights are too large to go on
    Epoch run(LearningTask task, TaskRecipe recipe, int epoch) {
        int images = recipe.imageCount();
        int batch = training.batchSize();
        int steps = (images + batch - 1) / batch;
        int firstCollected = (training.epochs() - epoch) * steps - collectedSteps(recipe);
        StepRates rates = rates(recipe, epoch);
        engine.order(
                RandomStreams.permutation(streams.seed(Stream.ORDER, task.index(), stretch.drawn(epoch), 0), images));
        List<StepRecord> records = new ArrayList<>(steps);
        long start = System.nanoTime();
        long told = start;
        long nanos = SECOND;
        while (records.size() < steps) {
            StoppedException.checkNot(stop);
            int first = records.size();
            boolean collect = first >= firstCollected;
            int alike = collect ? steps : Math.min(steps, firstCollected);
            int last = Math.min(alike, first + atOnce(nanos));
            long[] seeds = seeds(task, epoch, first, last);
            long before = System.nanoTime();
            List<StepTally> tallies = engine.steps(first * batch, batch, images, seeds, rates, collect);
            long now = System.nanoTime();
            nanos = (now - before) / seeds.length;
            for (StepTally tally : tallies) {
                int i = records.size();
                if (tally.nonFinite()) {
                    throw DivergedException.in(task.index(), epoch, i, tally);
                }
                int count = Math.min(batch, images - i * batch);
                throughput.step(count, nanos);
                records.add(record(throughput.steps() - 1, tally, count, rates));
            }
            if (now - told >= SECOND) {
                told = now;
                listener.on(new TrainingEvent.Progressed(
                        task.index(),
                        stretch.shown(epoch),
                        throughput.steps(),
                        throughput.share(),
                        throughput.imagesPerSecond()));
            }
        }
        return new Epoch(records, (System.nanoTime() - start) / 1e9);
    }

    /// How many steps the next call takes: about a second's, so that progress and stops wait no longer.
    ///
    /// @param nanos of a step so far
    private int atOnce(long nanos) {
        return Math.clamp(SECOND / Math.max(1, nanos), 1, engine.stepsAtOnce());
    }

    private long[] seeds(LearningTask task, int epoch, int first, int last) {
        return IntStream.range(first, last)
                .mapToLong(i -> streams.seed(Stream.AUGMENTATION, task.index(), stretch.drawn(epoch), i))
                .toArray();
    }

    private static int collectedSteps(TaskRecipe recipe) {
        TaskRecipe.Collect collect = recipe.collect();
        return collect == null ? 0 : collect.lastSteps();
    }

    private StepRates rates(TaskRecipe recipe, int epoch) {
        Double own = recipe.rates().learningRate();
        double base = own == null ? training.optimizer().learningRate() : own;
        Double ownOfHeads = training.optimizer().headLearningRate();
        double heads = ownOfHeads == null ? base : ownOfHeads;
        return new StepRates(
                rate(base, epoch), rate(base * recipe.rates().pastCoefficientScale(), epoch), rate(heads, epoch));
    }

    private double rate(double base, int epoch) {
        return training.schedule().rate(base, epoch, training.epochs());
    }

    private static StepRecord record(long step, StepTally tally, int count, StepRates rates) {
        return new StepRecord(
                step, tally.loss(), tally.terms(), tally.gradientNorm(), tally.correct(), count, rates.adapters());
    }
}
