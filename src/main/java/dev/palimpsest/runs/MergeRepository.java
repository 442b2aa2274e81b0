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

interface MergeRepository extends JpaRepository<CheckpointMerge, UUID>, JpaSpecificationExecutor<CheckpointMerge> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select merge from CheckpointMerge merge where merge.id = :id")
    Optional<CheckpointMerge> findLocked(UUID id);

    List<CheckpointMerge> findByState(OperationState state);

    long countByStateIn(Collection<OperationState> states);
}
