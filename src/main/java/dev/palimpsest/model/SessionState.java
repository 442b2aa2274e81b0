package dev.palimpsest.model;

import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The state map `s` of the step program and the recipe in numbers, each built once for a task.
///
/// Keys: `src/main/torch/adapters.py`. Tensors given with [#own] close with the state; the others are
/// borrowed.
final class SessionState implements AutoCloseable {

    private final Map<String, List<Tensor>> lists = new LinkedHashMap<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final Map<String, Long> ints = new LinkedHashMap<>();
    private final Map<String, Double> floats = new LinkedHashMap<>();
    private final List<AutoCloseable> maps = new ArrayList<>();
    private final Storage storage;
    private final Tensor order;

    SessionState(Network network, SessionSetup setup) {
        storage = network.storage();
        network.numbers(ints, floats);
        setup.optimizer().into(ints, floats);
        ints.put("head_lo", (long) setup.scope().first());
        ints.put("importance", 0L);
        ints.put("dense", 0L);
        floats.put("orthogonality", 0.0);
        floats.put("divergence", 0.0);
        floats.put("sensitivity_decay", 0.0);
        floats.put("uncertainty_decay", 0.0);
        order = storage.ofHost(new long[setup.images().count()], setup.images().count());
        put("pixels", setup.images().tensors());
        own("labels", storage.of(setup.labels(), setup.labels().length));
        own("order", order);
        own("failed", storage.zeros());
    }

    Map<String, Long> ints() {
        return ints;
    }

    Map<String, Double> floats() {
        return floats;
    }

    void put(String key, List<Tensor> tensors) {
        lists.computeIfAbsent(key, name -> new ArrayList<>()).addAll(tensors);
    }

    void own(String key, Tensor tensor) {
        owned.add(tensor);
        put(key, List.of(tensor));
    }

    List<Tensor> list(String key) {
        return lists.getOrDefault(key, List.of());
    }

    void group(FlatGroup.Part group) {
        put("value", List.of(group.value()));
        put("grad", List.of(group.grad()));
        put("m", List.of(group.m()));
        put("v", List.of(group.v()));
        put("t", List.of(group.steps()));
    }

    void trainable(String key, FlatGroup.Trainable trainable) {
        put(key, List.of(trainable.value()));
        put("g_" + key, List.of(trainable.gradient()));
    }

    void order(long[] rows) {
        try (Tensor values = storage.ofHost(rows, rows.length);
                Tensor target = storage.window(order, 0, rows.length)) {
            storage.fill(target, values);
        }
    }

    TensorMap map() {
        return kept(TensorMap.of(lists));
    }

    IntMap intMap() {
        return kept(IntMap.of(ints));
    }

    FloatMap floatMap() {
        return kept(FloatMap.of(floats));
    }

    private <T extends AutoCloseable> T kept(T map) {
        maps.add(map);
        return map;
    }

    @Override
    public void close() {
        try {
            for (AutoCloseable map : maps) {
                map.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException("a state map could not be released", e);
        }
        owned.forEach(Tensor::close);
    }
}
