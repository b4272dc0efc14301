"""SSML in Azure's dialect (contract, section 10), as a document that every voice can be given.

`parsing` reads XML without ever trusting it; `reading` follows the elements; `elements` say what each changes
about its text, `silences` what time means; `passage` takes the text down, `notes` what could not be done.
"""
