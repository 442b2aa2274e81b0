package dev.palimpsest.methods;

import dev.palimpsest.memory.SubspaceMemory;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// A memory for each input of adapted matrices: those that share their input share it.
final class InputMemories implements AutoCloseable {

    private final TorchRuntime runtime;
    private final SubspaceMemory.Rules rules;
    private final VitShape shape;
    private final List<Input> inputs;

    /// @param sites that have this input, in order
    record Input(List<AdapterSite> sites, SubspaceMemory memory) {

        AdapterSite first() {
            return sites.getFirst();
        }

        /// As `blocks.3.kv`.
        String name() {
            return "blocks." + first().block() + "."
                    + sites.stream().map(site -> site.matrix().wire()).collect(Collectors.joining());
        }
    }

    InputMemories(TorchRuntime runtime, SubspaceMemory.Rules rules, AdapterSettings adapters, VitShape shape) {
        this.runtime = runtime;
        this.rules = rules;
        this.shape = shape;
        Collection<List<AdapterSite>> groups = adapters.all().stream()
                .collect(Collectors.groupingBy(AdapterSite::inputGroup, TreeMap::new, Collectors.toList()))
                .values();
        List<Input> each = new ArrayList<>();
        for (List<AdapterSite> sites : groups) {
            each.add(new Input(List.copyOf(sites), memory(sites.getFirst())));
        }
        inputs = List.copyOf(each);
    }

    private SubspaceMemory memory(AdapterSite site) {
        return new SubspaceMemory(runtime, rules, shape.in(site.matrix()));
    }

    List<Input> inputs() {
        return inputs;
    }

    /// A memory of no task; the caller closes it.
    SubspaceMemory empty(Input input) {
        return memory(input.first());
    }

    int sum(ToIntFunction<SubspaceMemory> number) {
        return inputs.stream()
                .mapToInt(input -> number.applyAsInt(input.memory()))
                .sum();
    }

    TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        inputs.forEach(input -> bundle.putAll(input.name(), input.memory().save()));
        return bundle;
    }

    void restore(TensorBundle saved) {
        inputs.forEach(input -> input.memory().restore(saved.under(input.name())));
    }

    @Override
    public void close() {
        inputs.forEach(input -> input.memory().close());
    }
}
