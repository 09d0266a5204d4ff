// Variables that the query's processors delete: the state is written anew without them before the query goes on.

import CheckpointLog
import Connectors
import Operators
import StateStore

extension QueryExecution {
    /// State without what is deleted, which doesn't count yet.
    struct Deletion {
        let division: CheckpointDivision
        let stateDirectory: String
    }

    /// Writes the state anew without the variables that the checkpoint's plan has and the query's processors delete;
    /// `nil` where it has none of them. Older instances are fenced. Nothing counts before the division is committed,
    /// with which the query's plan takes the place of the one before. State of which the log knows nothing is left to
    /// the decision of the start, which refuses it.
    func prepareDeletion(_ checkpoint: Checkpoint, _ recovered: RecoveredLog) throws -> Deletion? {
        guard let old = checkpoint.division, checkpoint.plan != definition.planText else { return nil }
        if try StateVersions.isUnexplained(by: recovered, in: checkpoint.stateDirectory, disk: disk) { return nil }
        let states = definition.plan.stages.compactMap { $0.keyed?.state }.filter { !$0.deletedVariables.isEmpty }
        let deleted = Dictionary(states.map { ($0.id, Set($0.deletedVariables)) }) { $1 }
        let new = CheckpointDivision(number: old.number + 1, shards: old.shards, plan: definition.planText)
        let target = try checkpoint.prepareDivision(new)
        control.setStatus("Writing the state without deleted variables")
        do throws(StateStoreError) {
            let division = try StateDivision(
                from: checkpoint.stateDirectory, into: target, shards: Int(clamping: old.shards), deleting: deleted,
                runID: runID, disk: disk)
            _ = try division.write(recovered)
        } catch {
            checkpoint.abandonDivision()
            throw error
        }
        let names = states.map { "\($0.id): \($0.deletedVariables.joined(separator: ", "))" }
        definition.log(.info, "the state goes on without deleted variables (\(names.joined(separator: "; ")))")
        return Deletion(division: new, stateDirectory: target)
    }
}
