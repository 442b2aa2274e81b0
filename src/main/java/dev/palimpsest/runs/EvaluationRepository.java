package dev.palimpsest.runs;

import jakarta.persistence.LockModeType;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.data.jpa.repository.JpaRepository;
import org.springframework.data.jpa.repository.JpaSpecificationExecutor;
import org.springframework.data.jpa.repository.Lock;
import org.springframework.data.jpa.repository.Query;

interface EvaluationRepository extends JpaRepository<Evaluation, UUID>, JpaSpecificationExecutor<Evaluation> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select evaluation from Evaluation evaluation where evaluation.id = :id")
    Optional<Evaluation> findLocked(UUID id);

    List<Evaluation> findByState(OperationState state);

    long countByStateIn(Collection<OperationState> states);
}
