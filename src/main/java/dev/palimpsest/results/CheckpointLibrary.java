package dev.palimpsest.results;

import dev.palimpsest.checkpoints.CheckpointCorruptException;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointMissingException;
import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.settings.Ids;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Service;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/// The checkpoints of all jobs: list, open, verify, and keep what is to be kept.
@Service
public class CheckpointLibrary {

    private static final Logger log = LoggerFactory.getLogger(CheckpointLibrary.class);

    private final CheckpointRepository rows;
    private final CheckpointStore store;
    private final JobRepository jobs;
    private final MergeDrafts merges;
    private final TransactionTemplate transaction;

    CheckpointLibrary(
            CheckpointRepository rows,
            CheckpointStore store,
            JobRepository jobs,
            MergeDrafts merges,
            TransactionTemplate transaction) {
        this.rows = rows;
        this.store = store;
        this.jobs = jobs;
        this.merges = merges;
        // a refusal that follows takes its own transaction back, and the mark must stay
        this.transaction = new TransactionTemplate(Objects.requireNonNull(transaction.getTransactionManager()));
        this.transaction.setPropagationBehavior(TransactionDefinition.PROPAGATION_REQUIRES_NEW);
    }

    public Optional<CheckpointRow> find(UUID id) {
        return rows.findById(id);
    }

    /// The checkpoints of a job, newest first.
    public List<CheckpointRow> of(UUID jobId) {
        return rows.findByJobIdOrderByIdDesc(jobId);
    }

    /// Whether an attempt at the job would not begin from the start.
    public boolean resumable(Job job) {
        return candidates(job).stream().findFirst().isPresent();
    }

    /// The newest good checkpoint that the next attempt at a job begins with: its own, else that of the job
    /// it retries. A damaged one is marked and passed over.
    public Optional<StoredCheckpoint> newest(UUID jobId) {
        Job job = jobs.findById(jobId).orElseThrow(() -> new IllegalArgumentException("no job " + Ids.job(jobId)));
        for (CheckpointRow row : candidates(job)) {
            try {
                return Optional.of(open(row));
            } catch (CheckpointCorruptException | CheckpointMissingException damaged) {
                log.warn("Job {} goes on from an older checkpoint: {}", Ids.job(jobId), damaged.getMessage());
            }
        }
        return Optional.empty();
    }

    /// Opens a checkpoint whose files are as they were written.
    ///
    /// @throws CheckpointCorruptException if one is not; the row says so from then on
    public StoredCheckpoint open(CheckpointRow row) {
        try {
            StoredCheckpoint stored = store.open(row.key());
            stored.verifyAgainst(row.sha256());
            return stored;
        } catch (CheckpointCorruptException | CheckpointMissingException damaged) {
            markCorrupt(row.id());
            throw damaged;
        }
    }

    /// The manifest of a checkpoint, if it is as it was written; the other files are not looked at.
    ///
    /// @throws CheckpointCorruptException if it is not; the row says so from then on
    public CheckpointManifest manifest(CheckpointRow row) {
        try {
            StoredCheckpoint stored = store.open(row.key());
            if (!stored.sha256().equals(row.sha256())) {
                stored.verifyAgainst(row.sha256());
            }
            return stored.manifest();
        } catch (CheckpointCorruptException | CheckpointMissingException damaged) {
            markCorrupt(row.id());
            throw damaged;
        }
    }

    /// The bytes of one file, if it is as it was written; the caller closes the stream.
    ///
    /// @param name one of the row's files
    /// @throws CheckpointCorruptException if it is not; the row says so from then on
    public InputStream read(CheckpointRow row, String name) {
        try {
            StoredCheckpoint stored = store.open(row.key());
            if (!stored.files().equals(row.files())) {
                stored.verifyAgainst(row.sha256());
            }
            return stored.read(name);
        } catch (CheckpointCorruptException | CheckpointMissingException damaged) {
            markCorrupt(row.id());
            throw damaged;
        }
    }

    /// Notes a finished checkpoint in the transaction of the attempt that wrote it.
    ///
    /// @return what need not be kept any longer; its rows are gone with the same transaction
    public List<CheckpointRow> keep(UUID jobId, StoredCheckpoint stored, Keep keep) {
        List<CheckpointRow> superseded = rows.findByJobIdOrderByIdDesc(jobId).stream()
                .filter(older -> older.mergeId().isEmpty() && superseded(older, stored.manifest(), keep))
                .toList();
        rows.save(new CheckpointRow(id(stored.key()), jobId, null, stored));
        rows.deleteAll(superseded);
        return superseded;
    }

    /// Notes a merged checkpoint in the transaction that ends its merge.
    ///
    /// @param jobId with which it stands
    public CheckpointRow keepMerged(UUID jobId, UUID mergeId, StoredCheckpoint stored) {
        return rows.save(new CheckpointRow(id(stored.key()), jobId, mergeId, stored));
    }

    /// Of the checkpoints inside a task only the newest is of use.
    private static boolean superseded(CheckpointRow older, CheckpointManifest newer, Keep keep) {
        boolean inTask = older.kind() == CheckpointManifest.Kind.IN_TASK;
        return switch (keep) {
            case LAST -> true;
            case TASK_ENDS -> inTask;
            case ALL -> inTask && newer.kind() == CheckpointManifest.Kind.IN_TASK && older.task() == newer.task();
        };
    }

    /// Removes checkpoints that earlier attempts at a job published without coming to write their row.
    void removeUnlisted(UUID jobId, int attempt) {
        Set<CheckpointKey> listed = rows.findByJobIdOrderByIdDesc(jobId).stream()
                .map(CheckpointRow::key)
                .collect(Collectors.toSet());
        store.list(Ids.job(jobId)).stream()
                .filter(key -> key.attempt() < attempt && !listed.contains(key))
                .forEach(store::delete);
    }

    /// Removes files whose rows are gone.
    public void discard(List<CheckpointRow> superseded) {
        for (CheckpointRow row : superseded) {
            try {
                store.delete(row.key());
            } catch (CheckpointStorageException e) {
                log.warn("Files of checkpoint {} stay behind: {}", row.key(), e.getMessage());
            }
        }
    }

    /// Removes what a killed process left half written. A draft is nobody's when its attempt no longer holds
    /// the job.
    @EventListener(ApplicationReadyEvent.class)
    void removeOrphans() {
        int removed = store.removeDrafts(this::abandoned);
        if (removed > 0) {
            log.info("Removed {} half-written checkpoints", removed);
        }
    }

    private boolean abandoned(CheckpointKey key) {
        Optional<UUID> merge = Ids.parse(Ids.MERGE, key.jobId());
        if (merge.isPresent()) {
            return !merges.writing(merge.get(), key.attempt());
        }
        return Ids.parse(Ids.JOB, key.jobId())
                .flatMap(jobs::findById)
                .map(job -> job.attempt() != key.attempt() || !job.state().held())
                .orElse(true);
    }

    private List<CheckpointRow> candidates(Job job) {
        List<CheckpointRow> own = usable(job.id());
        if (!own.isEmpty()) {
            return own;
        }
        return job.goesOnFrom()
                .flatMap(rows::findById)
                .map(row -> usable(row.jobId()).stream()
                        .filter(other -> other.id().compareTo(row.id()) <= 0)
                        .toList())
                .orElse(List.of());
    }

    private List<CheckpointRow> usable(UUID jobId) {
        return rows.findByJobIdAndStatusOrderByIdDesc(jobId, CheckpointState.READY).stream()
                .filter(CheckpointRow::resumable)
                .toList();
    }

    private void markCorrupt(UUID id) {
        transaction.executeWithoutResult(_ -> rows.findById(id).ifPresent(CheckpointRow::corrupt));
    }

    public static UUID id(CheckpointKey key) {
        return Ids.parse(Ids.CHECKPOINT, key.checkpointId())
                .orElseThrow(() -> new IllegalStateException("not an id of a checkpoint: " + key));
    }
}
