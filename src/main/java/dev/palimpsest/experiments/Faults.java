package dev.palimpsest.experiments;

import dev.palimpsest.settings.Fault;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Every fault of one request, and which of its parts are clean so far: only those are looked into further.
final class Faults {

    private final List<Fault> found = new ArrayList<>();

    void add(String code, String param, String detail) {
        found.add(new Fault(code, param, detail));
    }

    void addAll(Collection<Fault> more) {
        found.addAll(more);
    }

    boolean clean(String part) {
        return found.stream()
                .map(Fault::param)
                .noneMatch(param -> param.equals(part) || param.startsWith(part + ".") || param.startsWith(part + "["));
    }

    void refuseIfAny() {
        if (!found.isEmpty()) {
            throw new RequestRefusedException(422, found);
        }
    }
}
