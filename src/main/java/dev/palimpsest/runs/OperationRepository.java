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
import org.springframework.data.repository.NoRepositoryBean;

@NoRepositoryBean
interface OperationRepository<O extends Operation> extends JpaRepository<O, UUID>, JpaSpecificationExecutor<O> {

    @Lock(LockModeType.PESSIMISTIC_WRITE)
    @Query("select operation from #{#entityName} operation where operation.id = :id")
    Optional<O> findLocked(UUID id);

    List<O> findByState(OperationState state);

    long countByStateIn(Collection<OperationState> states);
}
