// The tables that a query can name.

import LogicalPlan
import SQLParser
import SourceText

/// The session's tables and the common tables that are in sight.
struct QueryScope {
    let catalog: QueryLowering.Catalog
    let functions: QueryLowering.TableFunctions
    let recursionLevelLimit: Int
    /// By name in lower case.
    var common: [String: CommonTable] = [:]
    let size: QuerySize

    struct CommonTable {
        let plan: UnresolvedPlan
        /// How many relations are in the plan.
        let size: Int
        /// Inside the query of this name: how often it names itself.
        var uses: Uses?
    }

    final class Uses {
        var count = 0
    }
}

/// How large a query becomes when its common tables are written out.
///
/// Each of them may name the one before it twice, so that thirty lines would make a plan of a billion steps.
final class QuerySize {
    /// Larger queries are refused.
    static let maximum = 2_000

    private(set) var relations = 0
    private var recursions = 0

    /// A number that no recursion of the text has.
    func nextRecursion() -> Int {
        defer { recursions += 1 }
        return recursions
    }

    /// Counts relations that are named at a place.
    func add(_ count: Int, at range: TextRange) throws(SQLDiagnostic) {
        relations += count
        guard relations <= QuerySize.maximum else {
            throw SQLDiagnostic(
                code: "QUERY_TOO_LARGE", "the query reads more than \(QuerySize.maximum) relations", at: range,
                hint: "queries behind WITH are written out wherever they are named")
        }
    }
}
