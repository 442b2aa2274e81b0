package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/// Stored pictures through the network: counts as the trainer measures them, and the scores behind them.
final class GoldenEvaluation {

    private static final int CHUNK = 16;

    private final GoldenSetup setup;
    private final Network network;

    GoldenEvaluation(GoldenSetup setup, Network network) {
        this.setup = setup;
        this.network = network;
    }

    /// One row of counts over the test pictures of these tasks.
    MeasuredRow counts(Inference inference, List<LearningTask> tasks) {
        StoredPictures test = new StoredPictures(
                setup.inputs().get("test_images"),
                setup.inputs().get("test_labels").longs());
        Pictures pictures = new Pictures(test, test, 1, SmallRun.IN_MEMORY);
        // closing the engine would close the network
        return new TorchTrainingEngine(network, pictures, Scenario.CLASS_INCREMENTAL, 7, StopRequest.NEVER)
                .evaluate(inference, tasks, EvaluationData.TEST);
    }

    /// Features of all pictures, [n, D].
    double[] features(AdapterView view, HostTensor pictures) {
        int count = (int) pictures.shape()[0];
        int width = network.shape().width();
        double[] result = new double[count * width];
        try (Weights weights = network.compose(view);
                ImagePixels pixels = GoldenSetup.images(network, pictures)) {
            for (int from = 0; from < count; from += CHUNK) {
                long[] rows =
                        LongStream.range(from, Math.min(count, from + CHUNK)).toArray();
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    double[] part = network.features(scope, pixels, rows, weights, CHUNK)
                            .doubles();
                    System.arraycopy(part, 0, result, from * width, part.length);
                }
            }
        }
        return result;
    }

    /// Scores of all classes, [n, C], from features [n, D].
    double[] logits(double[] features) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return network.logits(
                            scope, features, features.length / network.shape().width(), CHUNK)
                    .doubles();
        }
    }

    /// The mean over batches of the mean cross-entropy of a batch, as the published evaluation reports it: a
    /// smaller last batch counts as much as the others.
    ///
    /// @param scored how many of the outputs take part
    static double loss(double[] logits, int outputs, int scored, long[] targets, int batch) {
        double sum = 0;
        int batches = 0;
        for (int from = 0; from < targets.length; from += batch) {
            int end = Math.min(targets.length, from + batch);
            double part = 0;
            for (int i = from; i < end; i++) {
                part += crossEntropy(Arrays.copyOfRange(logits, i * outputs, i * outputs + scored), targets[i]);
            }
            sum += part / (end - from);
            batches++;
        }
        return sum / batches;
    }

    private static double crossEntropy(double[] scores, long target) {
        double largest = Arrays.stream(scores).max().orElseThrow();
        double sum =
                Arrays.stream(scores).map(score -> Math.exp(score - largest)).sum();
        return Math.log(sum) + largest - scores[(int) target];
    }

    /// Rows of a matrix [n, width].
    static double[] rows(double[] values, int width, int[] rows) {
        double[] result = new double[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(values, rows[i] * width, result, i * width, width);
        }
        return result;
    }
}
