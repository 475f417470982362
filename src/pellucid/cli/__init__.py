"""The command line: one module for each verb. Heavy imports wait inside the functions, so that help is quick."""
