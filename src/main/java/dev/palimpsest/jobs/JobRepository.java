package dev.palimpsest.jobs;

import jakarta.persistence.LockModeType;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

/// Jobs as rows. Whoever moves a job takes its row lock first: a running attempt writes its progress every
/// second, and an optimistic write would lose against it.
///
/// The locking queries belong inside the transaction that writes. Other rooms read, and leave moving to
/// [JobQueue] and [JobContext].
public interface JobRepository extends JpaRepository<Job, UUID>, JpaSpecificationExecutor<Job> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select job from Job job where job.id = :id")
    Optional<Job> findLocked(UUID id);

    /// The job, if it waits at exactly this place in the queue.
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select job from Job job where job.id = :id and job.entry = :entry and job.state = QUEUED")
    Optional<Job> findWaiting(UUID id, int entry);

    /// The job, if this attempt still holds it. No row back means that the attempt must stop and write
    /// nothing.
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("""
            select job from Job job
             where job.id = :id
               and job.attempt = :attempt
               and job.state in (STARTING, RUNNING, PAUSING, CANCELLING)""")
    Optional<Job> findFenced(UUID id, int attempt);

    /// The job, if the attempt that came from this pick of the scheduler still holds it.
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("""
            select job from Job job
             where job.id = :id
               and job.entry = :entry
               and job.lease = :lease
               and job.state in (STARTING, RUNNING, PAUSING, CANCELLING)""")
    Optional<Job> findLeased(UUID id, int entry, long lease);

    List<Job> findByExperimentIdOrderByOrdinalAscIdAsc(UUID experimentId);

    /// All jobs in these states in the order of the queue.
    List<Job> findByStateInOrderByPriorityDescQueuedAtAscIdAsc(Collection<JobState> states);

    long countByStateIn(Collection<JobState> states);

    long countByStateAndPool(JobState state, String pool);

    boolean existsByFingerprint(String fingerprint);
}
