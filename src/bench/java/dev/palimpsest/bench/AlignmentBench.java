package dev.palimpsest.bench;

import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import java.util.Map;
import java.util.Random;

/// The alignment of the classifier after the tenth task: 100 classes of 10 Gaussians each, 90 steps of 320
/// samples an epoch; prints one line of JSON.
///
/// Options: `--epochs` of one alignment; `--threads`; `--warm` and `--rounds`, unmeasured and measured
/// alignments.
final class AlignmentBench {

    private static final int CENTROIDS = 10;
    private static final int IMAGES = 80;
    private static final int SAMPLES = 320;
    private static final double RATE = 0.005;
    private static final double MOMENTUM = 0.9;

    private AlignmentBench() {}

    public static void main(String[] arguments) {
        Options options = Options.of(
                arguments, "epochs=30 threads=1 warm=1 rounds=3 precision=fp32 side=224 model=tiny device=cpu");
        int epochs = options.number("epochs");
        Meter meter = new Meter();
        try (RandomNetwork random = RandomNetwork.of(options)) {
            DrawnPictures none = new DrawnPictures(RandomNetwork.CLASSES, 0, RandomNetwork.SIDE);
            TorchTrainingEngine engine = new TorchTrainingEngine(
                    random.network(),
                    new Pictures(none, none, 1, RandomNetwork.IN_MEMORY),
                    Scenario.CLASS_INCREMENTAL,
                    1,
                    StopRequest.NEVER);
            int earlier = RandomNetwork.CLASSES - RandomNetwork.CLASSES_A_TASK;
            Phase.Alignment phase = new Phase.Alignment(statistics(random), epochs, RATE, MOMENTUM, SAMPLES, earlier);
            meter.run(options.number("warm"), options.number("rounds"), () -> {
                engine.beginPhase(phase);
                for (int epoch = 0; epoch < epochs; epoch++) {
                    engine.phaseEpoch(phase, epoch, epoch, RandomNetwork.CLASSES);
                }
            });
        }
        meter.print("alignment", options, Map.of("cpu_ms_epoch", Meter.rounded(meter.cpuMillis() / epochs)));
    }

    private static ClassStatistics statistics(RandomNetwork random) {
        ClassStatistics statistics =
                new ClassStatistics(random.network().runtime(), ClassStatistics.Kind.CENTROIDS, CENTROIDS);
        int width = random.network().shape().width();
        for (int position = 0; position < RandomNetwork.CLASSES; position++) {
            int task = position / RandomNetwork.CLASSES_A_TASK;
            statistics.learn(task, features(position, width), position);
        }
        return statistics;
    }

    /// Images around ten centres far from one another, so that no cluster is left with one image.
    private static ClassFeatures features(int position, int width) {
        Random random = new Random(position);
        double[] rows = new double[IMAGES * width];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = i < CENTROIDS * width
                    ? random.nextGaussian()
                    : rows[i % (CENTROIDS * width)] + 0.1 * random.nextGaussian();
        }
        return new ClassFeatures(position, rows, IMAGES, width);
    }
}
