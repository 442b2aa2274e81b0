package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A and B of the newest adapter in a session: what trains of them has a window in the optimiser's group, and what
/// does not is the bank's own and has no gradient.
final class AdapterHalves {

    private enum Half {
        DOWN("down", Part.DOWN),
        UP("up", Part.UP);

        private final String key;
        private final Part part;

        Half(String key, Part part) {
            this.key = key;
            this.part = part;
        }
    }

    /// The bank's values of a half in one stack, or null where none takes part.
    private record Start(
            Half half, int stack, boolean trains, @Nullable Tensor values) {}

    private final Storage storage;
    private final List<Start> starts;
    private final boolean takePart;

    AdapterHalves(Network network, SessionSetup setup) {
        storage = network.storage();
        takePart = setup.trains(Part.DOWN) || setup.trains(Part.UP);
        starts = Arrays.stream(Half.values())
                .flatMap(half -> IntStream.range(0, Site.STACKS)
                        .mapToObj(stack -> new Start(
                                half,
                                stack,
                                setup.trains(half.part),
                                takePart ? values(network.bank(), half, stack) : null)))
                .toList();
    }

    private static @Nullable Tensor values(AdapterBank bank, Half half, int stack) {
        return switch (half) {
            case DOWN -> bank.down(stack);
            case UP -> bank.up(stack);
        };
    }

    /// Whether a half trains; else the newest adapter is none of the session's.
    boolean takePart() {
        return takePart;
    }

    /// Numbers that train.
    long size() {
        long size = 0;
        for (Start start : starts) {
            Tensor values = start.values();
            size += values == null || !start.trains() ? 0 : Storage.elements(values.shape());
        }
        return size;
    }

    /// Puts both into the state, starting from the bank's values.
    void into(SessionState state, FlatGroup group) {
        for (Start start : starts) {
            String key = start.half().key;
            Tensor values = start.values();
            if (values != null && start.trains()) {
                FlatGroup.Trainable trainable = group.window(values.shape());
                storage.fill(trainable.value(), values);
                state.trainable(key, trainable);
                continue;
            }
            if (values == null) {
                state.own(key, storage.zeros(0));
            } else {
                state.put(key, List.of(values));
            }
            state.own("g_" + key, storage.zeros(0));
        }
    }

    /// What was learned, into the bank.
    void writeBack(SessionState state) {
        for (Start start : starts) {
            Tensor values = start.values();
            if (values != null && start.trains()) {
                storage.fill(values, state.list(start.half().key).get(start.stack()));
            }
        }
    }

    /// The half that does not train, by name: no checkpoint of an earlier task has it.
    Map<String, Tensor> fixed() {
        Map<String, Tensor> result = new LinkedHashMap<>();
        for (Start start : starts) {
            Tensor values = start.values();
            if (values != null && !start.trains()) {
                result.put(start.half().key + start.stack(), values);
            }
        }
        return result;
    }
}
