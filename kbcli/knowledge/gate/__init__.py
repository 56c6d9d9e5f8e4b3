"""The check: rules, findings, what a change caused."""
