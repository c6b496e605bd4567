-- Uses the server as a person in Neovim does, and writes what came back as JSON.
-- The configuration is the one of docs/editors.md: the test puts it before this file.
local said = {}
local show_message = vim.lsp.handlers["window/showMessage"]
vim.lsp.handlers["window/showMessage"] = function(err, message, ...)
  table.insert(said, message.message)
  return show_message(err, message, ...)
end

local function wait(what, condition)
  if not vim.wait(60000, condition, 50) then
    error("waited in vain for " .. what .. "; said so far: " .. vim.inspect(said))
  end
end

local function drive()
  local seen = {}
  vim.cmd.edit(vim.env.TEST_MISTAKE)
  wait("diagnostics", function() return #vim.diagnostic.get(0) > 0 end)
  seen.diagnostics = vim.tbl_map(function(one) return one.code end, vim.diagnostic.get(0))

  local client = vim.lsp.get_clients({ name = "dspy", bufnr = 0 })[1]
  seen.encoding = client.offset_encoding
  vim.fn.search("question", "w")
  local place = vim.lsp.util.make_position_params(0, client.offset_encoding)
  seen.hover = client:request_sync("textDocument/hover", place, 60000, 0).result.contents.value

  vim.fn.search("flot", "w")
  place = vim.lsp.util.make_position_params(0, client.offset_encoding)
  local offered = client:request_sync("textDocument/completion", place, 60000, 0).result
  seen.completions = vim.tbl_map(function(one) return one.label end, offered.items or offered)

  vim.cmd.edit(vim.env.TEST_PROGRAM)
  wait("the server", function() return #vim.lsp.get_clients({ name = "dspy", bufnr = 0 }) > 0 end)
  vim.fn.search("class CoT", "w")
  local range = vim.lsp.util.make_range_params(0, client.offset_encoding)
  range.context = { diagnostics = {} }
  local actions = client:request_sync("textDocument/codeAction", range, 60000, 0).result
  seen.actions = vim.tbl_map(function(one) return one.title end, actions)

  vim.cmd("DspyLog CoT")
  wait("the closing message", function() return (table.concat(said, "\n")):find("models:/") end)
  seen.said = said
  return seen
end

local ok, seen = xpcall(drive, debug.traceback)
local file = assert(io.open(vim.env.TEST_RESULT, "w"))
file:write(vim.json.encode(ok and seen or { error = seen }))
file:close()
vim.cmd("qall!")
