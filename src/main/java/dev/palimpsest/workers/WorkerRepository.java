package dev.palimpsest.workers;

import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

interface WorkerRepository extends JpaRepository<WorkerNode, UUID> {

    /// For changing a worker: its own heartbeat writes the same row.
    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select worker from WorkerNode worker where worker.id = :id")
    Optional<WorkerNode> findLocked(UUID id);

    /// Workers that have not said that they stop; some of them may be lost.
    @Query("select worker from WorkerNode worker where worker.stoppedAt is null order by worker.id")
    List<WorkerNode> findNotStopped();

    @Query("select worker from WorkerNode worker where worker.seenAt > :since order by worker.id desc")
    List<WorkerNode> findSeenSince(Instant since);
}
