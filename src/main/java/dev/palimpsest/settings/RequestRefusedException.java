package dev.palimpsest.settings;

import java.util.List;
import java.util.stream.Collectors;

/// A request that is not carried out; carries every fault, and nothing was stored.
public final class RequestRefusedException extends RuntimeException {

    private final int status;
    private final transient List<Fault> faults;

    /// @param status of HTTP: what kind of refusal it is
    /// @param faults at least one, in the order of the request
    public RequestRefusedException(int status, List<Fault> faults) {
        super(faults.stream().map(Fault::detail).collect(Collectors.joining(" ")));
        this.status = status;
        this.faults = List.copyOf(faults);
    }

    /// Refuses for one reason.
    public RequestRefusedException(int status, String code, String param, String detail) {
        this(status, List.of(new Fault(code, param, detail)));
    }

    public int status() {
        return status;
    }

    public List<Fault> faults() {
        return faults;
    }
}
