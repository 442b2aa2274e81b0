package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.util.UUID;

/// Another attempt owns the job by now, or it was ended: the writer must stop and write nothing more.
public final class FencedException extends RuntimeException {

    FencedException(UUID job, int attempt) {
        super("Attempt " + attempt + " no longer holds job " + Ids.job(job));
    }
}
