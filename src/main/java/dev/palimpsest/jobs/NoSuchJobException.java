package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.util.UUID;

/// There is no job with this id.
public final class NoSuchJobException extends RuntimeException {

    private final UUID id;

    public NoSuchJobException(UUID id) {
        super("There is no job " + Ids.job(id) + ".");
        this.id = id;
    }

    public UUID id() {
        return id;
    }
}
