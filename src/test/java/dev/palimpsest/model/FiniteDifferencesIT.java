package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TinySession.Case;
import dev.palimpsest.model.TinySession.Gates;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.EnumSet;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Gradients against differences of the loss itself: what the written backward and its twin might have in
/// common would show here.
@Tag("engine")
class FiniteDifferencesIT {

    private static final SessionProbe.Form PLAIN = new SessionProbe.Form(false, 0);

    private static final int BATCH = 6;
    private static final int ENTRIES = 12;
    private static final double STEP = 1e-5;

    @Test
    void gradientsAreSlopesOfTheLoss() {
        Case one = new Case(NumericMode.FP64, EnumSet.allOf(Site.class), 2, 2, Gates.ALL);
        try (TinySession session = new TinySession(one, TinySession.adam(), null)) {
            session.probe().gradients(PLAIN, 0, BATCH, 0);
            double[][] gradients = {
                session.probe().flatGradient(0),
                session.probe().flatGradient(1),
                session.probe().flatGradient(2)
            };
            TensorBundle start = Tensors.copy(session.session().save());
            Random random = new Random(3);

            for (int group = 0; group < gradients.length; group++) {
                for (int i = 0; i < ENTRIES; i++) {
                    int entry = random.nextInt(gradients[group].length);
                    double slope =
                            (loss(session, start, group, entry, STEP) - loss(session, start, group, entry, -STEP))
                                    / (2 * STEP);

                    assertThat(slope)
                            .as("group %d, entry %d", group, entry)
                            .isCloseTo(gradients[group][entry], within(1e-6));
                }
            }
        }
    }

    /// Cross-entropy and orthogonality term with one entry moved.
    private static double loss(TinySession session, TensorBundle start, int group, int entry, double by) {
        TensorBundle moved = new TensorBundle();
        String wanted = "group%d.value".formatted(group);
        for (String name : start.names()) {
            HostTensor tensor = start.get(name);
            if (name.equals(wanted)) {
                double[] values = tensor.doubles().clone();
                values[entry] += by;
                tensor = HostTensor.ofDoubles(values, tensor.shape());
            }
            moved.put(name, tensor);
        }
        session.session().restore(moved);
        double[] tally =
                session.probe().gradients(PLAIN, 0, BATCH, 0).get("tally").doubles();
        return tally[0] + tally[1];
    }
}
