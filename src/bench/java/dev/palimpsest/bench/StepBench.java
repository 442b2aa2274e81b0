package dev.palimpsest.bench;

import ai.djl.pytorch.jni.JniUtils;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.torch.HostBytes;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// One training step of LoRAC-IPC; prints one line of JSON.
///
/// Options: those of [RandomNetwork]; `--task` tasks already learned; `--batch`; `--importance` 1 or 0; `--warm`
/// and `--steps`, unmeasured and measured steps, on a device times the steps of one call; `--profile` a file for
/// libtorch's trace of as many steps more, which `operators.py` adds up.
final class StepBench {

    private static final double RATE = 1.5e-3;
    private static final double ORTHOGONALITY = 0.5;

    private StepBench() {}

    public static void main(String[] arguments) {
        Options options = Options.of(
                arguments,
                "task=0 batch=16 threads=1 precision=bf16 importance=0 side=224 warm=5 steps=7 profile=none model=tiny"
                        + " device=cpu");
        int task = options.number("task");
        int batch = options.number("batch");
        Meter meter = new Meter();
        try (RandomNetwork random = RandomNetwork.of(options)) {
            random.grow(task + 1);
            Network network = random.network();
            int atOnce = network.stepsAtOnce();
            int count = atOnce * batch;
            try (ImagePixels images = pictures(network, count, options.number("side"));
                    AdapterSession session =
                            new AdapterSession(network, view(random, task), setup(random, images, count, task))) {
                long[] seeds = LongStream.range(0, atOnce).toArray();
                session.order(LongStream.range(0, count).toArray());
                StepRates rates = new StepRates(RATE, RATE, RATE);
                boolean importance = options.on("importance");
                Runnable step = () -> session.steps(0, batch, count, seeds, rates, importance);
                meter.run(options.number("warm"), options.number("steps"), atOnce, step);
                if (!options.text("profile").equals("none")) {
                    profile(options.text("profile"), options.number("steps"), step);
                }
            }
        }
        Map<String, Object> rate = Map.of("images_per_s", Meter.rounded(1000 * batch / meter.wallMillis()));
        meter.print("step", options, rate);
    }

    private static void profile(String file, int steps, Runnable step) {
        JniUtils.startProfile(false, false, false);
        for (int i = 0; i < steps; i++) {
            step.run();
        }
        JniUtils.stopProfile(file);
    }

    private static ImagePixels pictures(Network network, int count, int side) {
        byte[] bytes = new byte[3 * count * side * side];
        new Random(2).nextBytes(bytes);
        try (HostBytes stored = HostBytes.inMemory(network.runtime(), bytes.length)) {
            stored.put(0, bytes, 0, bytes.length);
            return network.uniform(stored, count, side, side);
        }
    }

    /// Nothing is frozen: every coefficient trains, and the orthogonality term covers every site.
    private static TrainingView view(RandomNetwork random, int task) {
        SiteValues scale = random.everywhere(RandomNetwork.SCALE);
        SiteValues one = random.everywhere(1);
        TrainingView.@Nullable Past past =
                task == 0 ? null : new TrainingView.Past(scale, Collections.nCopies(task, one));
        return new TrainingView(AdapterView.NONE, scale, past);
    }

    private static SessionSetup setup(RandomNetwork random, ImagePixels images, int count, int task) {
        Set<Part> trains = EnumSet.of(Part.DOWN, Part.UP, Part.HEADS);
        if (task > 0) {
            trains.add(Part.PAST_COEFFICIENTS);
        }
        int first = task * RandomNetwork.CLASSES_A_TASK;
        return new SessionSetup(
                images,
                LongStream.range(0, count)
                        .map(i -> first + i % RandomNetwork.CLASSES_A_TASK)
                        .toArray(),
                trains,
                new ClassRange(first, RandomNetwork.CLASSES_A_TASK),
                new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 1),
                List.of(new LossTerm.Orthogonality(ORTHOGONALITY, random.everywhere(1))),
                new ImportanceCollection(0.85, 0.85, false));
    }
}
