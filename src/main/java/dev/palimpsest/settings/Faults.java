package dev.palimpsest.settings;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Every fault of one request, and which of its parts are clean so far: only those are looked into further.
public final class Faults {

    private final List<Fault> found = new ArrayList<>();

    public void add(String code, String param, String detail) {
        found.add(new Fault(code, param, detail));
    }

    public void addAll(Collection<Fault> more) {
        found.addAll(more);
    }

    public boolean clean(String part) {
        return found.stream()
                .map(Fault::param)
                .noneMatch(param -> param.equals(part) || param.startsWith(part + ".") || param.startsWith(part + "["));
    }

    public void refuseIfAny() {
        if (!found.isEmpty()) {
            throw new RequestRefusedException(422, found);
        }
    }
}
