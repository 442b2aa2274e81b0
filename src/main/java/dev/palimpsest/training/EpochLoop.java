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

/// One pass over the images of a task: batch, rate, seed, step, count, stop?
final class EpochLoop {

    private static final long SECOND = 1_000_000_000;

    private final TrainingEngine engine;
    private final TrainingSettings training;
    private final RandomStreams streams;
    private final StopRequest stop;
    private final TrainingListener listener;
    private final Throughput throughput;

    EpochLoop(
            TrainingEngine engine,
            TrainingSettings training,
            RandomStreams streams,
            StopRequest stop,
            TrainingListener listener,
            Throughput throughput) {
        this.engine = engine;
        this.training = training;
        this.streams = streams;
        this.stop = stop;
        this.listener = listener;
        this.throughput = throughput;
    }

    /// @throws StoppedException if the run shall stop now
    /// @throws DivergedException if the loss is not finite, or the weights are too large to go on
    void run(LearningTask task, TaskRecipe recipe, int epoch) {
        int images = task.train().length;
        int steps = (images + training.batchSize() - 1) / training.batchSize();
        int stepsToCome = (training.epochs() - epoch) * steps;
        int collected = collectedSteps(recipe);
        StepRates rates = rates(recipe, epoch);
        engine.order(RandomStreams.permutation(streams.seed(Stream.ORDER, task.index(), epoch, 0), images));
        List<StepRecord> records = new ArrayList<>(steps);
        long start = System.nanoTime();
        long told = start;
        for (int i = 0; i < steps; i++) {
            StoppedException.checkNot(stop);
            int position = i * training.batchSize();
            int count = Math.min(training.batchSize(), images - position);
            long seed = streams.seed(Stream.AUGMENTATION, task.index(), epoch, i);
            long before = System.nanoTime();
            StepTally tally = engine.step(position, count, seed, rates, stepsToCome - i <= collected);
            long now = System.nanoTime();
            if (tally.nonFinite()) {
                throw DivergedException.in(task.index(), epoch, i, tally);
            }
            throughput.step(count, now - before);
            records.add(record(throughput.steps() - 1, tally, count, rates));
            if (now - told >= SECOND) {
                told = now;
                listener.on(new TrainingEvent.Progressed(
                        task.index(), epoch, throughput.steps(), throughput.share(), throughput.imagesPerSecond()));
            }
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        listener.on(new TrainingEvent.EpochCompleted(task.index(), epoch, records, seconds, throughput.share()));
    }

    private static int collectedSteps(TaskRecipe recipe) {
        TaskRecipe.Collect collect = recipe.collect();
        return collect == null ? 0 : collect.lastSteps();
    }

    private StepRates rates(TaskRecipe recipe, int epoch) {
        Double own = recipe.rates().learningRate();
        double base = own == null ? training.optimizer().learningRate() : own;
        double heads = own == null ? training.optimizer().headRate() : own;
        return new StepRates(
                rate(base, epoch), rate(base * recipe.rates().pastCoefficientScale(), epoch), rate(heads, epoch));
    }

    private double rate(double base, int epoch) {
        return training.schedule().rate(base, epoch, training.epochs());
    }

    private static StepRecord record(long step, StepTally tally, int count, StepRates rates) {
        return new StepRecord(
                step,
                tally.loss(),
                tally.crossEntropy(),
                tally.orthogonality(),
                tally.gradientNorm(),
                tally.correct(),
                count,
                rates.adapters());
    }
}
