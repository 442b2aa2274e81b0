package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionProbe;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.Objects;

/// The first step of a task and the gradients of the second, in a session that nobody keeps.
final class ArithmeticProbe {

    private static final SessionProbe.Form SKINNY = new SessionProbe.Form(false, 0);

    private final ArithmeticSetup setup;
    private final ArithmeticNumbers numbers;
    private final Network network;

    ArithmeticProbe(ArithmeticSetup setup, ArithmeticNumbers numbers, Network network) {
        this.setup = setup;
        this.numbers = numbers;
        this.network = network;
    }

    void compare(LearningTask task, TaskRecipe recipe) {
        TrainingSettings training = setup.training();
        HostTensor pictures = setup.inputs().get("train_images");
        try (ImagePixels images = GoldenSetup.images(network, pictures);
                AdapterSession session = new AdapterSession(
                        network,
                        Objects.requireNonNull(recipe.view()),
                        new SessionSetup(
                                images,
                                setup.inputs().get("train_labels").longs(),
                                recipe.trains(),
                                recipe.scope(),
                                training.optimizer().numbers(null),
                                recipe.terms(),
                                null))) {
            long[] order =
                    Arrays.stream(setup.order(task.index(), 0)).asLongStream().toArray();
            session.order(order);
            int batch = training.batchSize();
            double rate = training.optimizer().learningRate();
            OneStep.of(session, 0, Math.min(batch, order.length), 0, new StepRates(rate, rate, rate), false);
            SessionProbe probe = new SessionProbe(session);
            String name = "task%d.".formatted(task.index());
            parts(name + "after_step1.", "after_step1", probe.values());
            int second = order.length > batch ? batch : 0;
            if (order.length <= batch) {
                session.order(Arrays.stream(setup.order(task.index(), 1))
                        .asLongStream()
                        .toArray());
            }
            int count = Math.min(batch, order.length - second);
            parts(name + "step2_grad.", "step2_grad", probe.gradients(SKINNY, second, count, 0));
        }
    }

    private void parts(String name, String quantity, TensorBundle found) {
        for (AdapterSite site : network.bank().settings().all()) {
            int stack = SessionProbe.stack(site.matrix());
            String place =
                    name + "blocks.%d.%s.".formatted(site.block(), site.matrix().wire());
            numbers.near(place + "A", quantity, matrix(found.get("down" + stack), site));
            numbers.near(place + "B", quantity, matrix(found.get("up" + stack), site));
        }
        numbers.near(name + "head.weight", quantity, found.get("head.weight").doubles());
        numbers.near(name + "head.bias", quantity, found.get("head.bias").doubles());
    }

    private static double[] matrix(HostTensor stacked, AdapterSite site) {
        return SessionProbe.site(stacked, site.matrix(), site.block()).doubles();
    }
}
