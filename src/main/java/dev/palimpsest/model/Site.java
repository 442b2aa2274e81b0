package dev.palimpsest.model;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// A matrix of a transformer block that an adapter can change.
///
/// The order is the order everywhere: in gates, in live flags, in saved names. `q`, `k` and `v` share one
/// fused matrix (stack 0), because they share their input.
public enum Site {
    @JsonProperty("q")
    Q(0, 0, 0),
    @JsonProperty("k")
    K(1, 0, 1),
    @JsonProperty("v")
    V(2, 0, 2),
    @JsonProperty("out")
    OUT(3, 1, 0),
    @JsonProperty("fc1")
    FC1(4, 2, 0),
    @JsonProperty("fc2")
    FC2(5, 3, 0);

    static final int STACKS = 4;

    private final int index;
    private final int stack;
    private final int part;

    Site(int index, int stack, int part) {
        this.index = index;
        this.stack = stack;
        this.part = part;
    }

    /// Place in the order of sites.
    public int index() {
        return index;
    }

    /// Which of the four stacks holds the matrix: 0 fused qkv, 1 attention output, 2 fc1, 3 fc2.
    int stack() {
        return stack;
    }

    /// Place inside the fused matrix of the stack.
    int part() {
        return part;
    }

    /// How many matrices a stack fuses.
    static int parts(int stack) {
        return stack == 0 ? 3 : 1;
    }

    /// An immutable set in the order of the constants, so that a plan has one text and one fingerprint.
    public static Set<Site> ordered(Collection<Site> sites) {
        EnumSet<Site> result = EnumSet.noneOf(Site.class);
        result.addAll(sites);
        return Collections.unmodifiableSet(result);
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
