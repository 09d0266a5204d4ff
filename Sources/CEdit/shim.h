// libedit as one module, for lines that people type. Imported by MillraceCommand alone.
#pragma once
#include <stdio.h>
#include <histedit.h>

// Swift can't call functions with variable arguments: these are the calls that are needed.

typedef char *_Nullable (*cedit_prompt)(EditLine *_Nullable);
typedef unsigned char (*cedit_command)(EditLine *_Nullable, int);

/// An editor on the standard input and output, or NULL. Ctrl-C is a key like others while a line is edited.
static inline EditLine *_Nullable cedit_make(const char *_Nonnull program, cedit_prompt _Nonnull prompt) {
    EditLine *editor = el_init(program, stdin, stdout, stderr);
    if (!editor) return NULL;
    el_set(editor, EL_PROMPT, prompt);
    el_set(editor, EL_EDITOR, "emacs");
    el_set(editor, EL_SIGNAL, 0);
    el_set(editor, EL_SETTY, "-d", "-isig", NULL);
    return editor;
}

/// Makes every key one for the editor. By itself it does this only when it has written the prompt: a Ctrl-C between the
/// two would be a signal of the terminal, and no key.
static inline void cedit_take_keys(EditLine *_Nonnull editor) { el_set(editor, EL_PREP_TERM, 1); }

/// Binds a key, as libedit writes it, to a function of the program.
static inline void cedit_bind(
    EditLine *_Nonnull editor, const char *_Nonnull key, const char *_Nonnull name, cedit_command _Nonnull command) {
    el_set(editor, EL_ADDFN, name, name, command);
    el_set(editor, EL_BIND, key, name, NULL);
}

/// A history of `size` lines that the editor looks into, or NULL.
static inline History *_Nullable cedit_make_history(EditLine *_Nonnull editor, int size) {
    History *lines = history_init();
    if (!lines) return NULL;
    HistEvent event;
    history(lines, &event, H_SETSIZE, size);
    history(lines, &event, H_SETUNIQUE, 1);
    el_set(editor, EL_HIST, history, lines);
    return lines;
}

static inline void cedit_history_enter(History *_Nonnull lines, const char *_Nonnull line) {
    HistEvent event;
    history(lines, &event, H_ENTER, line);
}

static inline void cedit_history_load(History *_Nonnull lines, const char *_Nonnull path) {
    HistEvent event;
    history(lines, &event, H_LOAD, path);
}

static inline void cedit_history_save(History *_Nonnull lines, const char *_Nonnull path) {
    HistEvent event;
    history(lines, &event, H_SAVE, path);
}
