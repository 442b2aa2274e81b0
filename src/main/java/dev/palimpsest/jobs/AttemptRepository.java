package dev.palimpsest.jobs;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;

/// Attempts as rows; written by the queue alone.
public interface AttemptRepository extends JpaRepository<Attempt, UUID> {

    List<Attempt> findByJobIdOrderByNumber(UUID jobId);

    Optional<Attempt> findByJobIdAndNumber(UUID jobId, int number);

    /// Attempts that are running, or whose worker was lost and nobody noticed yet.
    List<Attempt> findByEndedAtIsNull();
}
