package dev.palimpsest.experiments;

import dev.palimpsest.settings.Fault;
import java.util.List;
import java.util.stream.Collectors;

/// A request cannot be carried out as it stands; carries every fault that was found.
public class RequestRefusedException extends RuntimeException {

    private final int status;
    private final transient List<Fault> faults;

    /// Refuses a request.
    ///
    /// @param status of the answer, 422 for a request that has no meaning
    /// @param faults at least one
    public RequestRefusedException(int status, List<Fault> faults) {
        super(faults.stream().map(Fault::detail).collect(Collectors.joining(" ")));
        if (faults.isEmpty()) {
            throw new IllegalArgumentException("a refusal needs at least one fault");
        }
        this.status = status;
        this.faults = List.copyOf(faults);
    }

    public int status() {
        return status;
    }

    public List<Fault> faults() {
        return faults;
    }
}
