;;; Uses the server as a person in Emacs does, and writes what came back as JSON.  -*- lexical-binding: t -*-
;; The configuration is the one of docs/editors.md: the test loads it before this file.
(require 'eglot)
(require 'json)

(defvar said nil "What the server told the person, last first.")
(advice-add 'eglot--message :before
            (lambda (format &rest args) (push (apply #'format format args) said)))

(defun wait-for (what condition)
  "Wait until CONDITION answers; fail with WHAT."
  (let ((deadline (+ (float-time) 60)) answer)
    (while (not (setq answer (funcall condition)))
      (when (> (float-time) deadline)
        (error "Waited in vain for %s; said so far: %S" what said))
      (accept-process-output nil 0.05))
    answer))

(defun open-file (file)
  "Visit FILE with eglot and return its server."
  (find-file file)
  (unless (eglot-current-server)
    (apply #'eglot (eglot--guess-contact)))
  ;; `eglot-sync-connect' returns at the first output, not when the server is there.
  (wait-for "the server" #'eglot-current-server))

(defun drive ()
  "Return what was seen."
  (let* ((server (open-file (getenv "TEST_MISTAKE")))
         (diagnostics (wait-for "diagnostics" (lambda () (flymake-start) (flymake-diagnostics))))
         hover completions)
    (search-forward "question")
    (setq hover (jsonrpc-request server :textDocument/hover (eglot--TextDocumentPositionParams)))
    (search-forward ": ")
    (let ((offered (jsonrpc-request server :textDocument/completion
                                    (eglot--TextDocumentPositionParams))))
      (setq completions (mapcar (lambda (item) (plist-get item :label))
                                (if (vectorp offered) offered (plist-get offered :items)))))
    (open-file (getenv "TEST_PROGRAM"))
    (search-forward "class Co")
    (let* ((position (eglot--pos-to-lsp-position))
           (actions (jsonrpc-request
                     server :textDocument/codeAction
                     (list :textDocument (eglot--TextDocumentIdentifier)
                           :range (list :start position :end position)
                           :context (list :diagnostics []))))
           (logged (jsonrpc-request
                    server :workspace/executeCommand
                    (list :command "dspy.log"
                          :arguments (vector (list :uri (eglot--path-to-uri buffer-file-name)
                                                   :name "CoT")))
                    :timeout 60)))
      (list :diagnostics (vconcat (mapcar #'flymake-diagnostic-text diagnostics))
            :hover (plist-get (plist-get hover :contents) :value)
            :completions (vconcat completions)
            :actions (vconcat (mapcar (lambda (action) (plist-get action :title)) actions))
            :logged (plist-get logged :model_uri)))))

(let ((seen (condition-case problem (drive) (error (list :error (format "%S" problem))))))
  (with-temp-file (getenv "TEST_RESULT") (insert (json-encode seen))))
(when (eglot-current-server) (eglot-shutdown (eglot-current-server)))
(kill-emacs)
