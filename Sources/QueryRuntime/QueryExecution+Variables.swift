// Variables that the query's processors add and delete: the state is written anew with those that they keep, before the
// query goes on.

import CheckpointLog
import Connectors
import Operators
import StateStore

extension QueryExecution {
    /// State with other variables, which doesn't count yet.
    struct VariableChange {
        let division: CheckpointDivision
        let stateDirectory: String
    }

    /// Writes the state anew with the variables that the query's processors keep, where the checkpoint's plan has
    /// others; `nil` where it has the same. Older instances are fenced. Nothing counts before the division is
    /// committed, with which the query's plan takes the place of the one before. State of which the log knows nothing
    /// is left to the decision of the start, which refuses it.
    func prepareVariables(_ checkpoint: Checkpoint, _ recovered: RecoveredLog) throws -> VariableChange? {
        guard let old = checkpoint.division, checkpoint.plan != definition.planText else { return nil }
        if try StateVersions.isUnexplained(by: recovered, in: checkpoint.stateDirectory, disk: disk) { return nil }
        let states = definition.plan.stages.compactMap { $0.keyed?.state }
        let layouts = states.compactMap { state in
            state.layout.flatMap { $0.form == .variables ? (state.id, $0) : nil }
        }
        let new = CheckpointDivision(number: old.number + 1, shards: old.shards, plan: definition.planText)
        let target = try checkpoint.prepareDivision(new)
        control.setStatus("Writing the state with other variables")
        do throws(StateStoreError) {
            let division = try StateDivision(
                from: checkpoint.stateDirectory, into: target, shards: Int(clamping: old.shards),
                changing: Dictionary(layouts) { $1 }, runID: runID, disk: disk)
            _ = try division.write(recovered)
        } catch {
            checkpoint.abandonDivision()
            throw error
        }
        let names = layouts.map { id, layout in
            "\(id): \(layout.variables.filter { $0.kind != .timers }.map(\.name).joined(separator: ", "))"
        }
        definition.log(
            .info, "the state goes on with the variables that there are now (\(names.joined(separator: "; ")))")
        return VariableChange(division: new, stateDirectory: target)
    }
}
