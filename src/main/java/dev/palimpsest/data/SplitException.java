package dev.palimpsest.data;

import java.util.List;

/// A split that does not fit the data set. Carries every fault found; code, param and detail are the first
/// one's.
public final class SplitException extends RuntimeException {

    /// One thing that does not fit.
    ///
    /// @param code of `api.md` 16
    /// @param param path into the request, for instance `split.tasks[1].classes[0]`
    public record Fault(String code, String param, String detail) {}

    private final transient List<Fault> faults;

    SplitException(String code, String param, String detail) {
        this(List.of(new Fault(code, param, detail)));
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
