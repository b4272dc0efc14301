variable "alert_emails" {
  description = "Addresses that are told when something is wrong. None: alerts are shown in the console alone."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.alert_emails : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", address))])
    error_message = "An address looks like somebody@example.com."
  }
}

variable "api" {
  description = "The batch synthesis API. public: Cloud Run lets anybody through to it, who then needs a key; else it asks for an identity first. shared: keys see each other's jobs. callers: accounts that may come with a Google ID token for the audience instead of a key, and the name under which their jobs are kept. url: where clients find it, if that is not where Cloud Run puts it."
  type = object({
    public                  = optional(bool, false)
    shared                  = optional(bool, false)
    audience                = optional(string, "")
    callers                 = optional(map(string), {})
    url                     = optional(string, "")
    requests_per_10_seconds = optional(number, 100)
  })
  default = {}

  validation {
    condition     = length(var.api.callers) == 0 || var.api.audience != ""
    error_message = "Callers need an audience: what their ID tokens are issued for, such as https://dropcast.example."
  }
  validation {
    condition     = length(var.api.callers) == 0 || length(var.api_keys) > 0
    error_message = "Callers need an API key to be there too: the addresses of results are signed with what is derived from the keys."
  }
  validation {
    condition     = alltrue([for email, name in var.api.callers : can(regex("^[^@[:space:]]+@[^@[:space:]]+$", email)) && can(regex("^[a-z0-9-]{1,40}$", name))])
    error_message = "Callers are addresses of accounts, each with a name of up to 40 lower-case letters, digits and hyphens."
  }
  validation {
    condition     = var.api.url == "" || can(regex("^https://[^[:space:]?#]+$", var.api.url))
    error_message = "The API's url begins with https:// and has no query."
  }
  validation {
    condition     = var.api.requests_per_10_seconds >= 1 && floor(var.api.requests_per_10_seconds) == var.api.requests_per_10_seconds
    error_message = "requests_per_10_seconds is a whole number, and not 0."
  }
}

variable "api_keys" {
  description = "Names and keys of the API's clients. `make deploy` makes one where there is none, and passes on those that exist."
  type        = map(string)
  default     = {}
  sensitive   = true

  validation {
    condition     = alltrue([for name, key in var.api_keys : can(regex("^[a-z0-9-]{1,40}$", name)) && can(regex("^[!-~]{24,}$", key))])
    error_message = "A key is named by up to 40 lower-case letters, digits and hyphens, and is itself 24 printable characters or more, none of them a space."
  }
  validation {
    condition     = length(distinct(values(var.api_keys))) == length(var.api_keys)
    error_message = "Two names have the same key."
  }
}

variable "batch_destinations" {
  description = "Where batch requests may have their results written: gs://bucket or gs://bucket/prefix."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for place in var.batch_destinations : can(regex("^gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/[^/,]+)*$", place))])
    error_message = "A destination is gs://bucket or gs://bucket/prefix, without a slash at its end, and without commas."
  }
}

variable "budget" {
  description = "A monthly budget: the billing account, and the amount in its currency of which 50, 90 and 100 per cent are told."
  type        = object({ billing_account = string, amount = number })
  default     = null

  validation {
    condition     = var.budget == null || try(can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.budget.billing_account)) && var.budget.amount >= 1, false)
    error_message = "A billing account is written 012345-6789AB-CDEF01; the amount is 1 or more."
  }
}

variable "characters_per_day" {
  description = "Characters bought from Text-to-Speech in a day, above which somebody is told. A million are 30 dollars with Chirp 3: HD voices."
  type        = number
  default     = 2000000

  validation {
    condition     = var.characters_per_day >= 1
    error_message = "characters_per_day is 1 or more."
  }
}

variable "custom_voices" {
  description = "Deployment ids that batch requests may name in customVoices, and the voice of Google's that each is."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for id, voice in var.custom_voices : id != "" && can(regex("^[a-z]{2,3}-[A-Za-z0-9]+-", voice))])
    error_message = "A voice is a name of Google's that begins with its language, such as en-US-Chirp3-HD-Kore."
  }
}

variable "days" {
  description = "For how long what is stored is kept, from when it was made: clips and rendered parts that later jobs use again (cache), everything else of a job (jobs), dead letters (dead_letters), replaced and deleted episodes (noncurrent)."
  type = object({
    cache        = optional(number, 90)
    jobs         = optional(number, 40)
    dead_letters = optional(number, 31)
    noncurrent   = optional(number, 30)
  })
  default = {}

  validation {
    condition     = var.days.jobs >= 39
    error_message = "days.jobs is 39 or more: a batch may take 7 days and then live for 31, and the sweep removes what is left of it on the day after."
  }
  validation {
    condition     = var.days.dead_letters >= 1 && var.days.dead_letters <= 31
    error_message = "days.dead_letters is from 1 to 31: Pub/Sub keeps messages no longer."
  }
  validation {
    condition     = var.days.cache >= 1 && var.days.noncurrent >= 1
    error_message = "days.cache and days.noncurrent are 1 or more."
  }
}

variable "default_language" {
  description = "The language of scripts that name none."
  type        = string
  default     = "en-US"

  validation {
    condition     = can(regex("^[a-z]{2,3}-([A-Z][a-z]{3}-)?([A-Z]{2}|[0-9]{3})$", var.default_language))
    error_message = "A language is written with its region: en-US, fr-FR, cmn-CN."
  }
}

variable "effects_profile" {
  description = "Device profiles that clips are made for, where the voice takes one, such as headphone-class-device."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for profile in var.effects_profile : can(regex("^[a-z0-9-]+$", profile))])
    error_message = "A profile is lower-case letters, digits and hyphens."
  }
}

variable "episodes" {
  description = "Who may read episodes. public: anybody, as a site; origins: sites whose pages may play them (CORS)."
  type = object({
    public  = optional(bool, false)
    origins = optional(list(string), [])
  })
  default = {}

  validation {
    condition     = alltrue([for origin in var.episodes.origins : origin == "*" || can(regex("^https?://[^/]+$", origin))])
    error_message = "An origin is https://host, without a path, or *."
  }
}

variable "kms_key" {
  description = "A Cloud KMS key, in the same region, that encrypts buckets, topics and the secret: projects/…/locations/…/keyRings/…/cryptoKeys/…. Google's own unless given."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || try(can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key)), false)
    error_message = "The key is named projects/…/locations/REGION/keyRings/…/cryptoKeys/…, and its REGION is the one that is deployed to."
  }
}

variable "name" {
  description = "Begins the name of everything; buckets have the project before it. Two of them can live in one project."
  type        = string
  default     = "dropcast"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,10}[a-z0-9]$", var.name))
    error_message = "It is 2 to 12 lower-case letters, digits and hyphens, begins with a letter and does not end with a hyphen: the names of accounts are short."
  }
}

variable "project" {
  description = "The id of the project that everything is created in."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "It is the project's id, such as my-project-123456, not its name or its number."
  }
}

variable "pronunciations" {
  description = "How words are said in every script, as scripts write it: [{ phrase = \"LLaMA\", alias = \"lama\" }]."
  type = list(object({
    phrase           = string
    alias            = optional(string)
    pronunciation    = optional(string)
    phoneticEncoding = optional(string)
    matchCase        = optional(bool)
  }))
  default = []

  validation {
    condition     = alltrue([for each in var.pronunciations : (each.alias == null) != (each.pronunciation == null)])
    error_message = "A phrase has either an alias or a pronunciation."
  }
}

variable "region" {
  description = "The region that everything runs in, and that the buckets lie in."
  type        = string
  default     = "europe-west1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is written europe-west1; neither a zone (europe-west1-b) nor a continent (EU)."
  }
}

variable "resources" {
  description = "Memory, processors, deliveries at once and most instances of single functions, where they shall not be as in stages.tf."
  type = map(object({
    memory      = optional(string)
    cpu         = optional(number)
    concurrency = optional(number)
    instances   = optional(number)
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.resources), ["dispatch", "synthesize", "finalize", "bury", "api", "sweep"])) == 0
    error_message = "The functions are dispatch, synthesize, finalize, bury, api and sweep."
  }
  validation {
    condition     = alltrue([for each in var.resources : each.memory == null || can(regex("^[0-9]+[MG]i$", each.memory))])
    error_message = "Memory is written 512Mi or 2Gi."
  }
  validation {
    condition     = alltrue([for each in var.resources : each.cpu == null || try(each.cpu >= 1, false)])
    error_message = "With less than one processor there is only one delivery at once."
  }
}

variable "runtime" {
  description = "Python of the functions. Up to python313 the image brings ffmpeg; the wheel among the requirements does wherever it does not."
  type        = string
  default     = "python313"

  validation {
    condition     = can(regex("^python3(1[1-9])$", var.runtime))
    error_message = "The functions need python311 or newer."
  }
}

variable "speech" {
  description = "The one number from which the workers follow: how many requests a minute Text-to-Speech grants this project for the voices in use (200 for Chirp 3: HD), and how long one takes. endpoint: a regional one, such as eu-texttospeech.googleapis.com."
  type = object({
    requests_per_minute = optional(number, 200)
    seconds             = optional(number, 2)
    endpoint            = optional(string, "")
  })
  default = {}

  validation {
    condition     = var.speech.requests_per_minute >= 1 && var.speech.seconds > 0
    error_message = "Without a request there is no speech: requests_per_minute is 1 or more, seconds are more than 0."
  }
  validation {
    condition     = var.speech.endpoint == "" || can(regex("^[a-z0-9-]+-texttospeech\\.googleapis\\.com$", var.speech.endpoint))
    error_message = "An endpoint is written eu-texttospeech.googleapis.com, without https://."
  }
}

variable "time_to_live_hours" {
  description = "For how many hours the results of a batch are kept where its request does not say."
  type        = number
  default     = 744

  validation {
    condition     = var.time_to_live_hours >= 1 && var.time_to_live_hours <= 744 && floor(var.time_to_live_hours) == var.time_to_live_hours
    error_message = "It is a whole number from 1 to 744, which are 31 days."
  }
}
