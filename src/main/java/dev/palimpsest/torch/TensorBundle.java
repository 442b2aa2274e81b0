package dev.palimpsest.torch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// Named tensors in the order they were put: the form in which anything is saved. Not safe for several
/// threads.
public final class TensorBundle {
    private final Map<String, HostTensor> tensors = new LinkedHashMap<>();

    public TensorBundle() {}

    /// Appends a tensor.
    ///
    /// @param name new in this bundle
    public TensorBundle put(String name, HostTensor tensor) {
        if (tensors.putIfAbsent(name, tensor) != null) {
            throw new IllegalArgumentException("the bundle has a tensor '" + name + "' already");
        }
        return this;
    }

    public HostTensor get(String name) {
        HostTensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException("there is no tensor '" + name + "' among " + tensors.keySet());
        }
        return tensor;
    }

    public boolean has(String name) {
        return tensors.containsKey(name);
    }

    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /// Puts every tensor of another bundle as `prefix.name`.
    public void putAll(String prefix, TensorBundle other) {
        other.tensors.forEach((name, tensor) -> put(dotted(prefix) + name, tensor));
    }

    /// What was put with a prefix, under the names without it; empty if there is nothing.
    public TensorBundle under(String prefix) {
        TensorBundle part = new TensorBundle();
        String start = dotted(prefix);
        tensors.forEach((name, tensor) -> {
            if (name.startsWith(start)) {
                part.put(name.substring(start.length()), tensor);
            }
        });
        return part;
    }

    public boolean isEmpty() {
        return tensors.isEmpty();
    }

    /// An empty prefix and one that ends in a dot are taken as they are.
    private static String dotted(String prefix) {
        return prefix.isEmpty() || prefix.endsWith(".") ? prefix : prefix + ".";
    }
}
