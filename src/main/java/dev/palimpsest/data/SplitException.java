package dev.palimpsest.data;

import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Suggestion;
import java.util.List;

/// A split that does not fit the data set. Carries every fault found; code, param and detail are the first
/// one's.
public final class SplitException extends RuntimeException {

    private final transient List<Fault> faults;

    SplitException(String code, String param, String detail) {
        this(List.of(new Fault(code, param, detail)));
    }

    static Fault unknownClass(String param, String name, List<String> labels) {
        String detail = "The data set has no class '%s'.%s".formatted(name, Suggestion.of(name, labels));
        return new Fault("unknown_class", param, detail);
    }

    SplitException(List<Fault> faults) {
        super(faults.getFirst().detail());
        this.faults = List.copyOf(faults);
    }

    public List<Fault> faults() {
        return faults;
    }

    public String code() {
        return faults.getFirst().code();
    }

    public String param() {
        return faults.getFirst().param();
    }

    public String detail() {
        return faults.getFirst().detail();
    }
}
