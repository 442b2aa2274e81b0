package dev.palimpsest.methods;

import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntFunction;
import tools.jackson.databind.JsonNode;

/// The stored numbers of a trace in one of its two behaviours, and how near ours have to be.
final class GoldenTraceNumbers {

    private static final double EXACT = 1e-10;

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final Tolerances tolerances;
    private final String prefix;

    /// @param mode `fp64`, compared with 1e-10, or another, compared with the stored tolerances
    GoldenTraceNumbers(GoldenSetup setup, NumericMode mode, LoracIpc.Fidelity fidelity, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.tolerances = Tolerances.of(setup.golden());
        boolean reference = fidelity == LoracIpc.Fidelity.REFERENCE;
        this.prefix = setup.json().has("reference") ? (reference ? "reference." : "corrected.") : "";
        comparison.run(mode.name() + ", " + fidelity.name().toLowerCase(Locale.ROOT));
    }

    GoldenComparison comparison() {
        return comparison;
    }

    /// Whether a tensor is stored for this behaviour.
    boolean has(String name) {
        return setup.tensors().has(prefix + name);
    }

    double[] stored(String name) {
        return setup.tensors().get(prefix + name).doubles();
    }

    /// A tensor that is stored as float32, so that the rounding stays in every mode.
    void rounded(String name, String quantity, double[] found) {
        if (has(name)) {
            comparison.near(name, found, stored(name), tolerances.get(quantity));
        }
    }

    void scalar(String name, String quantity, double found, JsonNode stored) {
        if (stored.has(quantity)) {
            comparison.near(name + quantity, found, f64(stored.get(quantity)), tolerance(quantity));
        }
    }

    /// Compares a head, some of whose rows may train now.
    void head(Network network, String name, String quantity, TensorBundle training, int first) {
        TensorBundle saved = network.heads().save(List.of(new ClassRange(0, setup.classes())));
        double[] weight = saved.get("task1.weight").doubles();
        double[] bias = saved.get("task1.bias").doubles();
        if (training.has("head.weight")) {
            double[] rows = training.get("head.weight").doubles();
            double[] values = training.get("head.bias").doubles();
            System.arraycopy(rows, 0, weight, first * network.shape().width(), rows.length);
            System.arraycopy(values, 0, bias, first, values.length);
        }
        near(name + "weight", quantity, weight);
        near(name + "bias", quantity, bias);
    }

    double[] joined(IntFunction<HostTensor> ofBlock) {
        List<double[]> parts = new ArrayList<>();
        for (int block = 0; block < setup.blocks(); block++) {
            parts.add(GoldenSetup.transposed(ofBlock.apply(block), 0).doubles());
        }
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    void near(String name, String quantity, double[] found) {
        String key = prefix + name;
        // the first task does not depend on the behaviour, so one file may hold it once
        String stored = setup.tensors().has(key) ? key : key.replace("corrected.", "reference.");
        double unit = quantity.equals("importance and score") ? largest(stored) : 1;
        comparison.near(name, found, setup.tensors().get(stored).doubles(), tolerance(quantity) * unit);
    }

    /// The largest absolute value of a quantity over all sites.
    private double largest(String name) {
        String[] parts = name.split("\\.", -1);
        int at = parts.length - 2;
        double largest = 0;
        for (Site site : setup.sites()) {
            parts[at] = site.wire();
            double[] values = setup.tensors().get(String.join(".", parts)).doubles();
            largest =
                    Math.max(largest, Arrays.stream(values).map(Math::abs).max().orElse(0));
        }
        return largest;
    }

    /// Some files hold one tolerance for several quantities.
    double tolerance(String quantity) {
        if (quantity.equals("mask")) {
            return 0;
        }
        if (mode.compute() == ElementType.FLOAT64) {
            return EXACT;
        }
        return tolerances.get(
                quantity.equals("orthogonality_loss") && !tolerances.has(quantity) ? "total_loss" : quantity);
    }

    JsonNode part(String name) {
        return prefix.isEmpty()
                ? setup.json().get(name)
                : setup.json().get(prefix.substring(0, prefix.length() - 1)).path(name);
    }

    static double f64(JsonNode stored) {
        return stored.isObject() ? stored.get("f64").doubleValue() : stored.doubleValue();
    }

    static double[] numbers(JsonNode array) {
        return array.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    }
}
