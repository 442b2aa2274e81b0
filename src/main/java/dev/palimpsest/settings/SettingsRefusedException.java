package dev.palimpsest.settings;

import java.util.List;
import java.util.stream.Collectors;

/// A tree cannot become settings; carries every fault.
public final class SettingsRefusedException extends RuntimeException {

    private final transient List<Fault> faults;

    SettingsRefusedException(List<Fault> faults) {
        super(faults.stream().map(Fault::detail).collect(Collectors.joining(" ")));
        this.faults = List.copyOf(faults);
    }

    public List<Fault> faults() {
        return faults;
    }
}
