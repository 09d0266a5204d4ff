// Rules about imports: only along the arrows, and never Foundation.

/// What a file imports, and whether it may.
enum ImportRules {
    /// Imports that no arrow allows.
    static func arrows(_ file: SourceFile) -> [Finding] {
        guard let room = Arrows.room(file.target) else {
            let message = "target '\(file.target)' has no arrows; add it to Tests/TidyTests/Arrows.swift"
            return [Finding(path: file.path, line: 1, message: message)]
        }
        var findings: [Finding] = []
        for (line, module) in imports(file) {
            if Arrows.everywhere.contains(module) || room.mayImport.contains(module) { continue }
            if isFoundation(module) { continue }
            let allowed = room.mayImport.isEmpty ? "nothing of this package" : room.mayImport.joined(separator: ", ")
            findings.append(
                Finding(
                    path: file.path, line: line,
                    message: "\(room.name) imports \(module) (\(room.promise)); use what it may import: \(allowed)"))
        }
        return findings
    }

    /// Imports of Foundation in any of its parts.
    static func foundation(_ file: SourceFile) -> [Finding] {
        imports(file).filter { isFoundation($0.module) }.map { line, module in
            Finding(
                path: file.path, line: line, message: "'import \(module)' is banned; use Glibc or the standard library")
        }
    }

    private static func isFoundation(_ module: String) -> Bool {
        module.hasPrefix("Foundation") || module == "CoreFoundation"
    }

    /// The modules that a file imports, with their lines. `import` is a reserved word: where it stands, it imports.
    static func imports(_ file: SourceFile) -> [(line: Int, module: String)] {
        var found: [(Int, String)] = []
        for (index, line) in file.code.enumerated() {
            let words = line.split { !$0.isWordByte && $0 != UInt8(ascii: "@") }.map {
                String(decoding: $0, as: UTF8.self)
            }
            guard let keyword = words.firstIndex(of: "import") else { continue }
            let kinds: Set<String> = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
            guard let module = words[(keyword + 1)...].first(where: { !kinds.contains($0) }) else { continue }
            found.append((index + 1, module))
        }
        return found
    }
}
