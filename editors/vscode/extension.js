// The client of `rdd lsp`: starts the command and hands VS Code's requests to it.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  const command = vscode.workspace.getConfiguration("rdd").get("command") || "rdd";
  client = new LanguageClient(
    "rdd",
    "rdd",
    { command, args: ["lsp"] },
    {
      documentSelector: [{ language: "rdd" }],
      synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/*.{rdd,csv}") },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    const settings = "Open settings";
    const chosen = await vscode.window.showErrorMessage(
      `rdd: '${command} lsp' does not start (${error.message}). Build rdd and set rdd.command to its path.`,
      settings,
    );
    if (chosen === settings) await vscode.commands.executeCommand("workbench.action.openSettings", "rdd.command");
  }
}

async function stop() {
  const old = client;
  client = undefined;
  if (old) await old.stop();
}

async function activate(context) {
  const restart = async () => {
    await stop();
    await start();
  };
  context.subscriptions.push(
    vscode.commands.registerCommand("rdd.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("rdd.command")) restart();
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
