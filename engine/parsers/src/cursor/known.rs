//! The members of bubbles, lines and messages that are read, and those that are left out on purpose: what was attached to a request, the
//! state of the screen, checkpoints.

use crate::members::Known;

pub(super) static KNOWN: Known =
    Known { record: BUBBLE, inside: &[("toolFormerData", CALL), ("context", CONTEXT)] };

pub(super) static KNOWN_LINE: Known = Known {
    record: &["role", "message", "type", "status", "error", "model"],
    inside: &[("message", &["content"])],
};

pub(super) static KNOWN_MESSAGE: Known = Known {
    record: &["role", "content", "id", "createdAt", "providerOptions"],
    inside: &[("providerOptions", &["cursor"])],
};

#[rustfmt::skip]
const BUBBLE: &[&str] = &[
    "_v", "afterCheckpointId", "aiCodeHashes", "aiModelSettings", "aiWebSearchResults", "allThinkingBlocks",
    "approximateLintErrors", "assistantSuggestedDiffs", "attachedCodeChunks",
    "attachedFileCodeChunksMetadataOnly", "attachedFolders", "attachedFoldersListDirResults",
    "attachedFoldersNew", "attachedHumanChanges", "beforeCheckpointId", "bubbleId",
    "cachedConversationSummary", "capabilities", "capabilityContexts", "capabilityStatuses",
    "capabilityType", "chatGenerationUUID", "checkpointId", "codeBlocks", "codebaseContextChunks", "commits",
    "consoleLogs", "contentHeightHint", "context", "contextPieces", "contextWindowStatusAtCreation",
    "conversationState", "conversationSummary", "createdAt", "cursorCommands", "cursorCommandsExplicitlySet",
    "cursorRules", "delegate", "deletedFiles", "diffHistories", "diffsForCompressingFiles",
    "diffsSinceLastApply", "docsReferences", "documentationSelections", "editToolSupportsSearchAndReplace",
    "editTrailContexts", "editorState", "errorDetails", "existedPreviousTerminalCommand",
    "existedSubsequentTerminalCommand", "externalLinks", "fallbackToTextOnly", "fileDiffTrajectories",
    "fileLinks", "followup", "forDisplayOnly", "generationUUID", "gitDiffs", "gitPRDiffSelections",
    "grouping", "hookResults", "humanChanges", "id", "image", "images", "initText", "intermediateChunks",
    "interpreterResults", "isAgentic", "isCapabilityIteration", "isChat", "isNudge", "isPlanExecution",
    "isPreview", "isQuickSearchQuery", "isRefunded", "isSimulatedMsg", "isThought", "knowledgeItems",
    "lints", "lintsBeforeStreaming", "mcpDescriptors", "messageType", "modelInfo", "modelType",
    "multiFileLinterErrors", "notepads", "pastChats", "pastChatsExplicitlySet", "plans", "projectLayouts",
    "pullRequests", "rawText", "recentLocationsHistory", "recentlyViewedFiles", "relevantFiles", "requestId",
    "richText", "selectedSubagents", "selections", "serverBubbleId", "shouldRenderInlineDiffs", "skills",
    "skipRendering", "subagentReturn", "suggestedCodeBlocks", "summarizedComposers", "supportedTools",
    "symbolLinks", "text", "thinking", "thinkingDurationMs", "thinkingStyle", "timestamp", "timingInfo",
    "todos", "tokenCount", "toolCallIndex", "toolFormerData", "toolResults", "turnDurationMs", "type",
    "uiElementPicked", "unifiedMode", "usageUuid", "useWeb", "userResponsesToSuggestedCodeBlocks",
    "webReferences", "workspaceProjectDir", "workspaceUris",
];

#[rustfmt::skip]
const CALL: &[&str] = &[
    "additionalData", "attachments", "error", "modelCallId", "name", "namedToolArgs", "params", "rawArgs",
    "rejected", "result", "status", "streamingId", "tool", "toolCallBinary", "toolCallId", "toolIndex",
    "userDecision", "userInput",
];

#[rustfmt::skip]
const CONTEXT: &[&str] = &[
    "browserSelections", "composers", "consoleLogs", "cursorCommands", "cursorRules", "externalLinks",
    "extraContext", "fileSelections", "folderSelections", "gitPRDiffSelections", "ideEditorsState",
    "mentions", "notepads", "quotes", "selectedCommits", "selectedDocs", "selectedDocuments",
    "selectedImages", "selectedPullRequests", "selectedSkills", "selectedVideos", "selections",
    "subagentSelections", "terminalFiles", "terminalSelections", "uiElementSelections",
];
