//! The members of requests that are known: those that are read, and those that are left out on purpose.

use crate::members::Known;

/// Of a request, and of what came of it; those that change behind an answer are no part of its record.
pub(super) static MEMBERS: Known = Known {
    record: &[
        "requestId",
        "providerRequestId",
        "message",
        "variableData",
        "response",
        "responseId",
        "responseTimestamp",
        "responseErrorDetails",
        "result",
        "agent",
        "slashCommand",
        "timestamp",
        "completedAt",
        "elapsedMs",
        "modelId",
        "modelState",
        "modeInfo",
        "isCanceled",
        "isSystemInitiated",
        "isRequestHidden",
        "systemInitiatedLabel",
        "confirmation",
        "attempt",
        "locationData",
        "attachedContext",
        "isCompleteAddedRequest",
        "userSelectedTools",
        "userSelectedModelId",
        "terminalExecutionId",
        "usage",
        "promptTokens",
        "promptTokenDetails",
        "outputBuffer",
        "completionTokens",
        "completionTokenCount",
        "copilotCredits",
    ],
    inside: &[(
        "result",
        &["metadata", "details", "timings", "usage", "errorDetails", "nextQuestion", "type"],
    )],
};
