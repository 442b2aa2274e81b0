package dev.palimpsest.jobs;

import java.util.UUID;

/// One place of a job in the queue, as the name of the scheduler's entry: `<job>.<entry>`.
///
/// A new place has a new name, so that the clean-up of an old one can never remove it.
public record Place(UUID job, int entry) {

    public static Place parse(String instance) {
        int dot = instance.lastIndexOf('.');
        return new Place(UUID.fromString(instance.substring(0, dot)), Integer.parseInt(instance.substring(dot + 1)));
    }

    @Override
    public String toString() {
        return job + "." + entry;
    }
}
