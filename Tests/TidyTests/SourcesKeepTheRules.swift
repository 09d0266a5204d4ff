// The package's own sources against every rule.

import Testing

@Suite("Sources keep the rules")
struct SourcesKeepTheRules {
    @Test("A rule holds everywhere but in the files that are excepted", arguments: Rule.allCases)
    func holds(_ rule: Rule) {
        let excepted = Set(Exceptions.all.filter { $0.rule == rule }.map(\.file))
        for file in SourceTree.files where !excepted.contains(file.path) {
            for finding in rule.findings(in: file) { Issue.record("\(finding.description)") }
        }
    }

    @Test("Every exception is still needed")
    func exceptionsAreNeeded() {
        for exception in Exceptions.all {
            let file = SourceTree.files.first { $0.path == exception.file }
            let isNeeded = file.map { !exception.rule.findings(in: $0).isEmpty } ?? false
            #expect(isNeeded, "Exceptions.swift: \(exception.file) keeps \(exception.rule) by now; take its row out")
            #expect(exception.reason.count > 10, "Exceptions.swift: \(exception.file) needs a reason")
        }
    }

    @Test("The sources were found")
    func sourcesAreFound() {
        #expect(SourceTree.files.contains { $0.path == "Sources/Columns/Schema/Schema.swift" })
        #expect(SourceTree.files.contains { $0.path == "Tests/TidyTests/Rule.swift" })
        #expect(SourceTree.files.allSatisfy { !$0.lines.isEmpty })
    }
}

@Suite("Arrows")
struct ArrowsTests {
    @Test("Arrows point up the list: there is no circle")
    func arrowsPointUp() {
        var above: Set<String> = []
        for room in Arrows.rooms {
            for name in room.mayImport {
                #expect(above.contains(name), "Arrows.swift: \(room.name) imports \(name), which must stand above it")
            }
            above.insert(room.name)
        }
    }

    @Test("Every arrow is used")
    func arrowsAreUsed() {
        var used: [String: Set<String>] = [:]
        for file in SourceTree.files where file.path.hasPrefix("Sources/") {
            used[file.target, default: []].formUnion(ImportRules.imports(file).map(\.module))
        }
        for room in Arrows.rooms {
            for name in room.mayImport where used[room.name]?.contains(name) == false {
                Issue.record("Arrows.swift: \(room.name) may import \(name), and does not; take it out, everywhere")
            }
        }
    }

    @Test("Package.swift draws the same arrows")
    func packageAgrees() throws {
        let text = String(decoding: try #require(SourceTree.read("Package.swift")), as: UTF8.self)
        let targets = Manifest.targets(text)
        #expect(!targets.isEmpty)
        for (name, dependencies) in targets {
            guard let room = Arrows.room(name) else {
                Issue.record(
                    "Package.swift: target \(name) isn't in Tests/TidyTests/Arrows.swift; add it with its arrows")
                continue
            }
            #expect(
                Set(dependencies) == Set(room.mayImport),
                "Package.swift and Tests/TidyTests/Arrows.swift differ on \(name) (\(room.promise))")
        }
        for room in Arrows.rooms {
            #expect(targets[room.name] != nil, "Arrows.swift: \(room.name) isn't a target of Package.swift")
        }
    }
}
